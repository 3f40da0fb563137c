//! The memory of an isolate: a region of its own with a sum, a limit, and a way back.
//!
//! The engine asks for slabs of 4 KiB and for larger blocks. They come from the isolate's *home*, a region that never
//! moves; what does not fit there comes from the system's allocator and is listed. So an engine can be put back as it was
//! at a chosen moment by copying bytes: every pointer in the home stays true because the home stays where it is. Making
//! an engine anew and freeing it object by object costs ten times as much.
//!
//! The engine's own memory limit answers with a catchable exception and then lets the program go on. Here crossing the
//! limit trips the guard, and for a little while small allocations still succeed, so that the engine reaches its next
//! interrupt poll without meeting a failed allocation.
#![allow(unsafe_code)]

use super::{
    guard::{Guard, Verdict},
    pages::Pages,
};
use crate::limits::{HEAP_HOME, HEAP_RESERVE, HEAP_TAIL, SMALL_ALLOCATION};
use rquickjs::allocator::Allocator;
use std::{cell::UnsafeCell, ptr, rc::Rc, sync::Arc};

/// Bytes before a block of the home: a link while it is free, and its size.
const HEAD: usize = 16;
/// Blocks up to this size, head included, come in multiples of [`FINE_GRAIN`].
const FINE: usize = 16 << 10;
const FINE_GRAIN: usize = 64;
/// Blocks up to this size come in multiples of [`COARSE_GRAIN`]; larger ones are the system's.
const COARSE: usize = 64 << 10;
const COARSE_GRAIN: usize = 4 << 10;
const CLASSES: usize = FINE / FINE_GRAIN + COARSE / COARSE_GRAIN + 1;

/// Before a block of the system's allocator. The size comes last, where it also stands in the home.
#[repr(C)]
struct Beyond {
    previous: *mut Beyond,
    next: *mut Beyond,
    unused: usize,
    size: usize,
}

const BEYOND: usize = size_of::<Beyond>();

/// A block's size in the home, head included, and the list it is kept in while it is free.
fn class_of(size: usize) -> Option<(usize, usize)> {
    let whole = size.checked_add(HEAD)?;
    if whole <= FINE {
        let stride = whole.next_multiple_of(FINE_GRAIN);
        Some((stride, stride / FINE_GRAIN))
    } else if whole <= COARSE {
        let stride = whole.next_multiple_of(COARSE_GRAIN);
        Some((stride, FINE / FINE_GRAIN + stride / COARSE_GRAIN))
    } else {
        None
    }
}

/// Payload bytes of a live block, wherever it lies.
#[inline]
fn usable(block: *mut u8) -> usize {
    // SAFETY: called with live blocks of this allocator only; the word before each is its size.
    unsafe { block.cast::<usize>().sub(1).read() }
}

/// How the home is divided.
#[derive(Clone)]
struct Plan {
    /// First byte that was never given out.
    top: usize,
    /// Free blocks by class, linked through their heads.
    free: [*mut u8; CLASSES],
    /// Payload bytes in use, home and beyond.
    used: usize,
}

/// The home as it was when the engine was ready.
struct Image {
    bytes: Pages,
    plan: Plan,
}

struct Memory {
    home: Option<Pages>,
    plan: Plan,
    beyond: *mut Beyond,
    image: Option<Image>,
    limit: usize,
    guard: Arc<Guard>,
}

impl Memory {
    /// Whether `more` bytes may be had.
    #[inline]
    fn admit(&self, more: usize) -> bool {
        let total = self.plan.used.saturating_add(more);
        if total <= self.limit {
            return true;
        }
        self.guard.trip(Verdict::Memory);
        more <= SMALL_ALLOCATION && total <= self.limit + HEAP_RESERVE
    }

    fn is_home(&self, block: *mut u8) -> bool {
        self.home.as_ref().is_some_and(|home| (block as usize).wrapping_sub(home.start() as usize) < home.length())
    }

    /// A block of at least `size` bytes, counted.
    fn obtain(&mut self, size: usize, zeroed: bool) -> *mut u8 {
        let block = match class_of(size).and_then(|(stride, class)| self.at_home(stride, class)) {
            Some(block) if zeroed => {
                // SAFETY: the block has at least `size` bytes.
                unsafe { block.write_bytes(0, size) };
                block
            }
            Some(block) => block,
            None => self.elsewhere(size, zeroed),
        };
        if block.is_null() {
            self.guard.trip(Verdict::Starved);
        } else {
            self.plan.used += usable(block);
        }
        block
    }

    fn at_home(&mut self, stride: usize, class: usize) -> Option<*mut u8> {
        let home = self.home.as_ref()?;
        let free = self.plan.free[class];
        // SAFETY: a free block and the bytes above `top` are ours; both have room for `stride` bytes.
        unsafe {
            if !free.is_null() {
                self.plan.free[class] = free.cast::<*mut u8>().read();
                return Some(free.add(HEAD));
            }
            if home.length() - self.plan.top < stride {
                return None;
            }
            let block = home.start().add(self.plan.top + HEAD);
            self.plan.top += stride;
            block.cast::<usize>().sub(1).write(stride - HEAD);
            Some(block)
        }
    }

    fn elsewhere(&mut self, size: usize, zeroed: bool) -> *mut u8 {
        let whole = size.saturating_add(BEYOND);
        // SAFETY: plain allocation; the header is written before anybody reads it.
        unsafe {
            let head: *mut Beyond = if zeroed { libc::calloc(1, whole) } else { libc::malloc(whole) }.cast();
            if head.is_null() {
                return ptr::null_mut();
            }
            head.write(Beyond { previous: ptr::null_mut(), next: self.beyond, unused: 0, size });
            self.relink(head);
            head.cast::<u8>().add(BEYOND)
        }
    }

    /// Makes the neighbours of a listed block point to it.
    unsafe fn relink(&mut self, head: *mut Beyond) {
        // SAFETY: the caller gives a listed block; its neighbours are live.
        unsafe {
            match (*head).previous {
                previous if previous.is_null() => self.beyond = head,
                previous => (*previous).next = head,
            }
            if !(*head).next.is_null() {
                (*(*head).next).previous = head;
            }
        }
    }

    unsafe fn give_back(&mut self, block: *mut u8) {
        let size = usable(block);
        self.plan.used = self.plan.used.saturating_sub(size);
        // SAFETY: the caller gives a live block of this allocator; the words before it are as `obtain` left them.
        unsafe {
            if self.is_home(block) {
                if let Some((_, class)) = class_of(size) {
                    let block = block.sub(HEAD);
                    block.cast::<*mut u8>().write(self.plan.free[class]);
                    self.plan.free[class] = block;
                }
                return;
            }
            let head = block.sub(BEYOND).cast::<Beyond>();
            match (*head).previous {
                previous if previous.is_null() => self.beyond = (*head).next,
                previous => (*previous).next = (*head).next,
            }
            if !(*head).next.is_null() {
                (*(*head).next).previous = (*head).previous;
            }
            libc::free(head.cast());
        }
    }

    unsafe fn resize(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        let old = usable(block);
        if size > old && !self.admit(size - old) {
            return ptr::null_mut();
        }
        // SAFETY: the caller gives a live block of this allocator.
        unsafe {
            if self.is_home(block) {
                if size <= old && size >= old / 2 {
                    return block;
                }
                let new = self.obtain(size, false);
                if !new.is_null() {
                    ptr::copy_nonoverlapping(block, new, old.min(size));
                    self.give_back(block);
                }
                return new;
            }
            let head: *mut Beyond = libc::realloc(block.sub(BEYOND).cast(), size.saturating_add(BEYOND)).cast();
            if head.is_null() {
                self.guard.trip(Verdict::Starved);
                return ptr::null_mut();
            }
            (*head).size = size;
            self.relink(head);
            self.plan.used = self.plan.used - old + size;
            head.cast::<u8>().add(BEYOND)
        }
    }

    fn free_beyond(&mut self) {
        while !self.beyond.is_null() {
            // SAFETY: every listed block is live, and its owner is about to be overwritten or gone.
            unsafe {
                let next = (*self.beyond).next;
                libc::free(self.beyond.cast());
                self.beyond = next;
            }
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.free_beyond();
    }
}

/// A handle on an isolate's memory: the engine holds one, the isolate another. Used by one thread.
#[derive(Clone)]
pub(crate) struct Heap(Rc<UnsafeCell<Memory>>);

impl Heap {
    /// Memory for an engine that will be put back and used again.
    pub(crate) fn with_home(limit: usize, guard: Arc<Guard>) -> Heap {
        Heap::over(Pages::map(HEAP_HOME), limit, guard)
    }

    /// Memory for an engine that is used once.
    pub(crate) fn new(limit: usize, guard: Arc<Guard>) -> Heap {
        Heap::over(None, limit, guard)
    }

    fn over(home: Option<Pages>, limit: usize, guard: Arc<Guard>) -> Heap {
        let plan = Plan { top: 0, free: [ptr::null_mut(); CLASSES], used: 0 };
        Heap(Rc::new(UnsafeCell::new(Memory { home, plan, beyond: ptr::null_mut(), image: None, limit, guard })))
    }

    #[allow(clippy::mut_from_ref)]
    fn memory(&self) -> &mut Memory {
        // SAFETY: one thread uses the handles, and no function of this module calls back into the engine or keeps the
        // reference, so there is only one at a time.
        unsafe { &mut *self.0.get() }
    }

    /// Keeps a copy of the home to go back to. `false`: this memory cannot be put back.
    pub(super) fn freeze(&self) -> bool {
        let memory = self.memory();
        let Some(home) = memory.home.as_ref().filter(|_| memory.beyond.is_null()) else { return false };
        let top = memory.plan.top;
        let Some(bytes) = Pages::map(top) else { return false };
        // SAFETY: both mappings have at least `top` bytes, and they are two.
        unsafe { ptr::copy_nonoverlapping(home.start(), bytes.start(), top) };
        bytes.seal();
        memory.image = Some(Image { bytes, plan: memory.plan.clone() });
        true
    }

    /// Makes the memory what it was when it was frozen; everything that came later is gone and overwritten. `false`: it
    /// was never frozen.
    ///
    /// # Safety
    /// Nothing outside this memory may be used afterwards that points to what came later.
    pub(super) unsafe fn restore(&self) -> bool {
        let memory = self.memory();
        if memory.image.is_none() {
            return false;
        }
        memory.free_beyond();
        let (Some(home), Some(image)) = (&mut memory.home, &memory.image) else { return false };
        let known = image.plan.top;
        // SAFETY: as in `freeze`.
        unsafe { ptr::copy_nonoverlapping(image.bytes.start(), home.start(), known) };
        home.zero(known, memory.plan.top, HEAP_TAIL);
        memory.plan.clone_from(&image.plan);
        true
    }

    /// Gives all memory back while the engine in it still stands.
    ///
    /// # Safety
    /// The engine is never used or freed afterwards.
    pub(super) unsafe fn abandon(&self) {
        let memory = self.memory();
        memory.free_beyond();
        memory.home = None;
        memory.image = None;
    }

    /// Bytes of the home that were ever given out.
    #[cfg(test)]
    pub(super) fn home(&self) -> &[u8] {
        let memory = self.memory();
        let Some(home) = &memory.home else { return &[] };
        // SAFETY: the mapping is live as long as the handle.
        unsafe { std::slice::from_raw_parts(home.start(), home.length()) }
    }
}

// SAFETY: blocks are aligned to 16 bytes, have at least the size asked for, and stay until they are given back.
unsafe impl Allocator for Heap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        let memory = self.memory();
        if memory.admit(size) { memory.obtain(size, false) } else { ptr::null_mut() }
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let (memory, size) = (self.memory(), count.saturating_mul(size));
        if memory.admit(size) { memory.obtain(size, true) } else { ptr::null_mut() }
    }

    unsafe fn dealloc(&mut self, ptr: *mut u8) {
        // SAFETY: the caller hands back a block of this allocator.
        unsafe { self.memory().give_back(ptr) };
    }

    unsafe fn realloc(&mut self, ptr: *mut u8, new_size: usize) -> *mut u8 {
        if ptr.is_null() {
            return self.alloc(new_size);
        }
        // SAFETY: the caller hands back a block of this allocator.
        unsafe { self.memory().resize(ptr, new_size) }
    }

    unsafe fn usable_size(ptr: *mut u8) -> usize {
        usable(ptr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(heap: &mut Heap, size: usize, with: u8) -> *mut u8 {
        let block = heap.alloc(size);
        assert!(!block.is_null() && (block as usize).is_multiple_of(HEAD) && usable(block) >= size);
        // SAFETY: the block has `size` bytes.
        unsafe { block.write_bytes(with, size) };
        block
    }

    #[test]
    fn a_heap_goes_back_to_its_image_byte_for_byte() {
        let mut heap = Heap::with_home(64 << 20, Guard::new());
        let kept = filled(&mut heap, 5000, 1);
        let freed = filled(&mut heap, 100, 2);
        // SAFETY: the block is live.
        unsafe { heap.dealloc(freed) };
        assert!(heap.freeze());
        let before = heap.home().to_vec();
        let used = heap.memory().plan.used;
        for round in 0..3 {
            for size in [1, 60, 4080, 70_000, 1 << 20, 3000, 900_000, 16 << 10, (64 << 10) - HEAD, 1 << 20] {
                filled(&mut heap, size, 0xaa + round);
            }
            // SAFETY: all blocks are live; none is used after the heap went back.
            unsafe {
                kept.write_bytes(9, 5000);
                heap.dealloc(kept);
                assert!(heap.restore());
            }
            assert!(heap.home() == before, "round {round}");
            assert_eq!(heap.memory().plan.used, used);
            assert!(heap.memory().beyond.is_null());
        }
    }

    #[test]
    fn blocks_never_overlap_and_survive_a_change_of_size() {
        let mut heap = Heap::with_home(64 << 20, Guard::new());
        let mut live: Vec<(*mut u8, usize, u8)> = Vec::new();
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let size = [16, 4000, 4080, 700, 20_000, 100_000][(seed >> 60) as usize % 6] + (seed >> 40) as usize % 97;
            let tag = (seed >> 33) as u8;
            match (seed >> 50) % 3 {
                0 if live.len() < 200 => live.push((filled(&mut heap, size, tag), size, tag)),
                1 if !live.is_empty() => {
                    let at = (seed >> 20) as usize % live.len();
                    let (block, old, tag) = live[at];
                    // SAFETY: the block is live and not used under its old address again.
                    unsafe {
                        let block = heap.realloc(block, size);
                        assert!((0..old.min(size)).all(|at| *block.add(at) == tag));
                        block.write_bytes(tag, size);
                        live[at] = (block, size, tag);
                    }
                }
                _ if !live.is_empty() => {
                    let (block, size, tag) = live.swap_remove((seed >> 20) as usize % live.len());
                    // SAFETY: the block is live.
                    unsafe {
                        assert!((0..size).all(|at| *block.add(at) == tag));
                        heap.dealloc(block);
                    }
                }
                _ => {}
            }
        }
        let sum: usize = live.iter().map(|(block, ..)| usable(*block)).sum();
        assert_eq!(heap.memory().plan.used, sum);
    }

    #[test]
    fn the_limit_holds_at_home_and_beyond() {
        let guard = Guard::new();
        let mut heap = Heap::with_home(1 << 20, guard.clone());
        filled(&mut heap, 900_000, 1);
        assert_eq!(guard.verdict(), None);
        assert!(heap.alloc(200_000).is_null());
        assert_eq!(guard.verdict(), Some(Verdict::Memory));
        assert!(!heap.alloc(4080).is_null(), "a small block is still given, so that the engine can unwind");
    }
}
