/** A user without rights, to whom permissions apply; root passes over them. undefined: the tests run as one already. */
export const UNPRIVILEGED: number | undefined = process.getuid?.() === 0 ? 65_534 : undefined
