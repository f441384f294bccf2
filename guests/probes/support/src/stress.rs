//! Ways to misuse a machine.

use std::hint::black_box;

/// Ends the instance with the `unreachable` instruction.
#[inline(never)] // so that a back trace names it
pub fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

/// Computes for ever without calling out.
#[inline(never)] // so that a back trace names it
pub fn spin() -> ! {
    let mut round = 0u64;
    loop {
        round = black_box(round.wrapping_add(1));
    }
}

/// Calls itself until the stack is used up.
#[inline(never)]
pub fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if black_box(true) { recurse(depth + 1) + frame[(depth % 64) as usize] } else { depth }
}

/// Takes up to `mib` MiB and writes to every page of it. Returns what it got, one element per MiB: fewer than
/// asked for where the memory could not grow.
pub fn take_memory(mib: u64) -> Vec<Vec<u8>> {
    const MIB: usize = 1 << 20;
    let mut taken = Vec::new();
    for _ in 0..mib {
        let mut block = Vec::new();
        if taken.try_reserve(1).is_err() || block.try_reserve_exact(MIB).is_err() {
            break;
        }
        block.resize(MIB, 0xa5);
        taken.push(black_box(block));
    }
    taken
}

/// A line of exactly `len` bytes without its line feed: the number, then dots.
pub fn line(number: u64, len: usize) -> String {
    let mut line = number.to_string();
    line.truncate(len);
    line.extend(std::iter::repeat_n('.', len - line.len()));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_taken() {
        let taken = take_memory(3);
        assert_eq!(taken.iter().map(Vec::len).sum::<usize>(), 3 << 20);
    }

    #[test]
    fn lines_have_their_length() {
        assert_eq!(line(12, 5), "12...");
        assert_eq!(line(12, 1), "1");
        assert_eq!(line(12, 0), "");
    }
}
