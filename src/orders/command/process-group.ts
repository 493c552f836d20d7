/** Sends a signal to every process of the group that `pid` leads. That none is left is no fault. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    // ESRCH: all have ended. EPERM, on macOS: those that are left are being reaped, or belong to somebody else by now.
    return false
  }
}

/** A process that has ended but was not reaped counts as alive. */
export const isGroupAlive = (pid: number): boolean => signalGroup(pid, 0)
