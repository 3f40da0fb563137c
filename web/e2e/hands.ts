import { expect, type Locator, type Page } from '@playwright/test';

/** How somebody works a page. Every story is played by mouse, and again by keyboard alone. */
export interface Hand {
  click(target: Locator): Promise<void>;
  fill(target: Locator, text: string): Promise<void>;
  /** Replaces what stands in the editor with what the clipboard holds. */
  paste(target: Locator, text: string): Promise<void>;
  /** Picks an option of a list that opens. */
  choose(target: Locator, option: string): Promise<void>;
}

export class Mouse implements Hand {
  constructor(private readonly page: Page) {}

  async click(target: Locator) {
    // A radio button of a row has no size: its label is what one sees.
    if ((await target.getAttribute('type')) === 'radio') await this.page.locator(`label[for="${await target.getAttribute('id')}"]`).click();
    // Of a switch one sees the track that lies over it.
    else if ((await target.getAttribute('role')) === 'switch') await target.locator('xpath=following-sibling::span').click();
    else await target.click();
  }

  async fill(target: Locator, text: string) {
    await target.fill(text);
  }

  async paste(target: Locator, text: string) {
    await target.click();
    await pasteOver(this.page, text);
  }

  async choose(target: Locator, option: string) {
    if (await isNativeSelect(target)) return void (await target.selectOption({ label: option }));
    await target.click();
    await this.page.getByRole('option', { name: option }).click();
  }
}

/** More stops than the longest page has before its last control. */
const STOPS = 150;

export class Keyboard implements Hand {
  constructor(private readonly page: Page) {}

  async click(target: Locator) {
    if ((await target.getAttribute('role')) === 'row') await this.reachRow(target);
    else await this.reach(target);
    const role = await target.evaluate((element) => element.getAttribute('role') ?? (element as HTMLInputElement).type ?? '');
    await this.page.keyboard.press(['checkbox', 'radio', 'switch'].includes(role) ? 'Space' : 'Enter');
  }

  async fill(target: Locator, text: string) {
    await this.reach(target);
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(text);
  }

  async paste(target: Locator, text: string) {
    await this.reach(target);
    await pasteOver(this.page, text);
  }

  async choose(target: Locator, option: string) {
    await this.reach(target);
    if (await isNativeSelect(target)) {
      await this.page.keyboard.type(option);
      return;
    }
    if ((await target.getAttribute('aria-expanded')) !== 'true') await this.page.keyboard.press('ArrowDown');
    const wanted = this.page.getByRole('option', { name: option });
    await expect(wanted).toBeVisible();
    for (let stop = 0; stop < STOPS; stop += 1) {
      if (await wanted.evaluate((element) => element.matches('[data-combobox-selected], [aria-selected="true"][data-hovered], :focus'))) break;
      await this.page.keyboard.press('ArrowDown');
    }
    await this.page.keyboard.press('Enter');
  }

  /** A grid is one stop; within it the arrows move, and it says which row is meant. */
  private async reachRow(row: Locator): Promise<void> {
    const grid = row.locator('xpath=ancestor::*[@role="grid"]');
    await this.reach(grid);
    await this.page.keyboard.press('Home');
    for (let stop = 0; stop < STOPS; stop += 1) {
      if ((await grid.getAttribute('aria-activedescendant')) === (await row.getAttribute('id'))) return;
      await this.page.keyboard.press('ArrowDown');
    }
    throw new Error(`no way by keyboard to ${String(row)}`);
  }

  /** Goes from control to control until the focus is on this one, as somebody without a mouse does. */
  private async reach(target: Locator): Promise<void> {
    if ((await target.getAttribute('type')) !== 'radio') await expect(target).toBeVisible();
    await expect(target).toBeEnabled();
    for (const key of ['Tab', 'Shift+Tab']) {
      for (let stop = 0; stop < STOPS; stop += 1) {
        const place = await target.evaluate(whereIsFocus);
        if (place === 'here') return;
        // In an editor Tab indents; Escape before it leaves, as the editor says.
        if (place === 'editor') await this.page.keyboard.press('Escape');
        // Within a group (tabs, menu, radio buttons) the arrows move, as the patterns of ARIA say.
        await this.page.keyboard.press(place === 'group' ? 'ArrowDown' : place === 'row' ? 'ArrowRight' : key);
      }
    }
    throw new Error(`no way by keyboard to ${String(target)}`);
  }
}

/** Runs in the page: whether the focus is on the element, in its group, or elsewhere. */
function whereIsFocus(element: Element): 'here' | 'group' | 'row' | 'editor' | 'elsewhere' {
  const active = document.activeElement;
  if (active === element || (active !== null && element.contains(active) && active.matches('input, [role="combobox"]'))) return 'here';
  if (active instanceof HTMLElement && active.isContentEditable) return 'editor';
  const group = element.closest('[role="menu"], [role="tablist"], [role="radiogroup"], [role="listbox"]');
  if (!group || !active || !group.contains(active)) return 'elsewhere';
  return group.getAttribute('role') === 'tablist' && group.getAttribute('aria-orientation') !== 'vertical' ? 'row' : 'group';
}

function isNativeSelect(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element.tagName === 'SELECT');
}

/** By the clipboard, as people replace a file: what Chromium does to editable text when a program fills it is not what they do. */
async function pasteOver(page: Page, text: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('ControlOrMeta+v');
}
