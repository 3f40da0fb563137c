//! The allocator of an isolate: the system's, with a sum and a limit.
//!
//! The engine's own memory limit answers with a catchable exception and then lets the program go on. Here crossing the
//! limit trips the guard, and for a little while small allocations still succeed, so that the engine reaches its next
//! interrupt poll without meeting a failed allocation.
#![allow(unsafe_code)]

use super::guard::{Guard, Verdict};
use crate::limits::{HEAP_RESERVE, SMALL_ALLOCATION};
use rquickjs::allocator::Allocator;
use std::sync::Arc;

pub(crate) struct Heap {
    used: usize,
    limit: usize,
    guard: Arc<Guard>,
}

impl Heap {
    pub(crate) fn new(limit: usize, guard: Arc<Guard>) -> Heap {
        Heap { used: 0, limit, guard }
    }

    /// Whether `more` bytes may be had.
    #[inline]
    fn admit(&self, more: usize) -> bool {
        let total = self.used.saturating_add(more);
        if total <= self.limit {
            return true;
        }
        self.guard.trip(Verdict::Memory);
        more <= SMALL_ALLOCATION && total <= self.limit + HEAP_RESERVE
    }

    #[inline]
    fn account(&mut self, block: *mut u8) -> *mut u8 {
        if block.is_null() {
            self.guard.trip(Verdict::Starved);
        } else {
            self.used += usable(block);
        }
        block
    }
}

#[inline]
fn usable(block: *mut u8) -> usize {
    // SAFETY: called with live blocks of the system's allocator only.
    unsafe { libc::malloc_usable_size(block.cast()) }
}

// SAFETY: every function forwards to the system's allocator, whose blocks are aligned for any type.
unsafe impl Allocator for Heap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.admit(size) {
            return std::ptr::null_mut();
        }
        // SAFETY: plain allocation.
        let block = unsafe { libc::malloc(size) };
        self.account(block.cast())
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        if !self.admit(count.saturating_mul(size)) {
            return std::ptr::null_mut();
        }
        // SAFETY: plain allocation; calloc checks the product itself.
        let block = unsafe { libc::calloc(count, size) };
        self.account(block.cast())
    }

    unsafe fn dealloc(&mut self, ptr: *mut u8) {
        self.used = self.used.saturating_sub(usable(ptr));
        // SAFETY: the caller hands back a block of this allocator.
        unsafe { libc::free(ptr.cast()) };
    }

    unsafe fn realloc(&mut self, ptr: *mut u8, new_size: usize) -> *mut u8 {
        if ptr.is_null() {
            return self.alloc(new_size);
        }
        let old = usable(ptr);
        if new_size > old && !self.admit(new_size - old) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller hands back a block of this allocator.
        let block = unsafe { libc::realloc(ptr.cast(), new_size) }.cast::<u8>();
        if block.is_null() {
            self.guard.trip(Verdict::Starved);
        } else {
            self.used = self.used - old + usable(block);
        }
        block
    }

    unsafe fn usable_size(ptr: *mut u8) -> usize {
        usable(ptr)
    }
}
