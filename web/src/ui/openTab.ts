/** Room that is kept on both sides: the tab beside the open one peeks in and says that there are more. */
const PEEK = 32;

interface Span {
  left: number;
  right: number;
}

/** How far a row is pushed so that the whole of a tab is seen: forwards, or backwards below 0. Of one wider than the view, its beginning is. */
export function pushOf(tab: Span, view: Span): number {
  const back = tab.left - PEEK - view.left;
  const forth = tab.right + PEEK - view.right;
  return Math.min(back, Math.max(forth, 0));
}

/** Pushes the row to its open tab. Only what scrolls sideways around it moves: the page stays where it is. */
export function showOpenTab(row: HTMLElement): void {
  const tab = row.querySelector('[role="tab"][aria-selected="true"]');
  const view = tab && scrollerOf(row);
  if (view) view.scrollLeft += pushOf(tab.getBoundingClientRect(), view.getBoundingClientRect());
}

function scrollerOf(row: HTMLElement): HTMLElement | undefined {
  for (let each: HTMLElement | null = row; each && each !== document.body; each = each.parentElement)
    if (each.scrollWidth > each.clientWidth && /auto|scroll/.test(getComputedStyle(each).overflowX)) return each;
  return undefined;
}
