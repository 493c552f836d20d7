import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether there can be a small disk: only root may mount one, and in some containers nobody. */
export const hasSmallDisks: boolean = mountsTmpfs()

/** Does something with a disk at a folder, which is made; gone afterwards. @param size As `mount` takes it: `8m`. */
export async function withSmallDisk(folder: string, size: string, work: () => Promise<void>): Promise<void> {
  await mkdir(folder)
  mount(size, folder)
  try {
    await work()
  } finally {
    spawnSync('umount', ['-l', folder])
  }
}

/** Makes a small disk larger, or smaller, with all that it has. */
export const resizeDisk = (folder: string, size: string): void =>
  void spawnSync('mount', ['-o', `remount,size=${size}`, folder])

function mount(size: string, folder: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status === 0
}

function mountsTmpfs(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const folder = join(tmpdir(), `hob-mount-${process.pid}`)
  spawnSync('mkdir', ['-p', folder])
  const isMounted = mount('64k', folder)
  if (isMounted) spawnSync('umount', [folder])
  spawnSync('rmdir', [folder])
  return isMounted
}
