//! Memory straight from the kernel, given back when dropped.
#![allow(unsafe_code)]

use std::ptr::NonNull;

/// Size of a page.
pub(super) const PAGE: usize = 4096;

/// A run of private zeroed pages at an address that never changes.
pub(super) struct Pages {
    start: NonNull<u8>,
    length: usize,
}

impl Pages {
    /// At least this many bytes; `None` when the kernel refuses.
    pub(super) fn map(bytes: usize) -> Option<Pages> {
        let length = bytes.next_multiple_of(PAGE);
        // SAFETY: a fresh private mapping at an address of the kernel's choice touches no memory of ours.
        let start = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let start = libc::mmap(std::ptr::null_mut(), length, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            if start == libc::MAP_FAILED {
                return None;
            }
            // A huge page would make an isolate that uses little look like one that uses much.
            libc::madvise(start, length, libc::MADV_NOHUGEPAGE);
            start
        };
        NonNull::new(start.cast()).map(|start| Pages { start, length })
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// From now on a write is a fault.
    pub(super) fn seal(&self) {
        // SAFETY: the range is this mapping.
        unsafe { libc::mprotect(self.start.as_ptr().cast(), self.length, libc::PROT_READ) };
    }

    /// Makes the bytes from `from` to `to` zero: the first `keep` by writing, the rest by giving the pages back.
    pub(super) fn zero(&mut self, from: usize, to: usize, keep: usize) {
        let to = to.min(self.length);
        let written = from.saturating_add(keep).next_multiple_of(PAGE).min(to);
        // SAFETY: both ranges lie in this mapping, and `&mut self` says that nobody else uses it now.
        unsafe {
            if from < written {
                self.start.as_ptr().add(from).write_bytes(0, written - from);
            }
            if written < to {
                libc::madvise(self.start.as_ptr().add(written).cast(), to - written, libc::MADV_DONTNEED);
            }
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and nothing points into it any longer.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.length) };
    }
}
