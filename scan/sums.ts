// What is summed of a value.

export const SUMS_BYTES: usize = 56

export function startSums(at: usize): void {
  for (let word: usize = 0; word < SUMS_BYTES; word += 8) store<u64>(at + word, 0)
}

export function addSums(at: usize, name: u32): void {
  store<u64>(at, load<u64>(at) + (name as u64))
}
