import { readFileSync, realpathSync } from 'node:fs'

/**
 * What a file system means for a kitchen on it.
 *
 * - `local`: a disk of this machine, as far as its name tells
 * - `network`: a server elsewhere, whose locks and shared memory SQLite's log cannot rely on
 * - `shared`: a folder of the system that hosts this virtual machine, or one that a program imitates
 * - `layer`: the throw-away layer of a container
 * - `memory`: no disk at all
 */
export type FileSystemKind = 'local' | 'network' | 'shared' | 'layer' | 'memory'

/** Types as Linux names them (/proc/filesystems); `fuse.` names the program that imitates one. What is not here is local. */
const KINDS: readonly (readonly [pattern: RegExp, kind: FileSystemKind])[] = [
  [/^(nfs4?|cifs|smb3|smbfs|ncpfs|afs|ceph|lustre|gpfs|beegfs|gfs2?|ocfs2|coda)$/, 'network'],
  [/^fuse\.(sshfs|s3fs|rclone|gcsfuse|goofys|glusterfs|ceph|mfs|juicefs|davfs2?|curlftpfs)/, 'network'],
  [/^(9p|virtiofs|vboxsf|prl_fs|drvfs|fuse(\..*)?|fakeowner|grpcfuse)$/, 'shared'],
  [/^(overlay|aufs|unionfs)$/, 'layer'],
  [/^(tmpfs|ramfs)$/, 'memory'],
]

/** What a type of file system means. */
export const kindOf = (type: string): FileSystemKind => KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? 'local'

/** The type of the file system that a file is on, like `ext4` or `nfs4`; undefined where the system does not tell: it is not Linux. */
export function fileSystemOf(file: string): string | undefined {
  try {
    return typeFrom(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(file))
  } catch {
    return undefined
  }
}

/**
 * The type of the mount that holds a path.
 *
 * @param mounts As /proc/self/mountinfo has them (proc(5)): `36 35 98:0 /root /mount/point rw shared:1 - ext4 /dev/sda rw`.
 */
export function typeFrom(mounts: string, path: string): string | undefined {
  const above = mounts.split('\n').flatMap((line) => {
    const [, point = '', type = ''] = /^(?:\S+ ){4}(\S+) .*? - (\S+) /.exec(line) ?? []
    const folder = point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    return type !== '' && (path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`))
      ? [{ length: folder.length, type }]
      : []
  })
  // Of two mounts on one point, the later one hides the other.
  return above.reduce<{ length: number; type: string } | undefined>(
    (best, mount) => (best === undefined || mount.length >= best.length ? mount : best),
    undefined,
  )?.type
}
