// Where the programs are that tests need besides Node.
import { accessSync, constants, readdirSync } from 'node:fs'
import { join } from 'node:path'

const isProgram = (file) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Beside PATH the folders of the superuser, which an ordinary one may not have in it. */
const folders = () => [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].filter((folder) => folder !== '')

/** Debian keeps each major version of PostgreSQL in a folder of its own, outside PATH; the newest goes first. */
function postgresFolders() {
  const versions = '/usr/lib/postgresql'
  try {
    const majors = readdirSync(versions).sort((one, other) => Number(other) - Number(one))
    return majors.map((major) => join(versions, major, 'bin'))
  } catch {
    return []
  }
}

export function findProgram(name) {
  return folders()
    .map((folder) => join(folder, name))
    .find(isProgram)
}

export function findPostgres() {
  return [...postgresFolders(), ...folders()].find((folder) =>
    ['initdb', 'postgres'].every((name) => isProgram(join(folder, name))),
  )
}

export function findMariadb() {
  const [server, install] = ['mariadbd', 'mariadb-install-db'].map(findProgram)
  return server === undefined || install === undefined ? undefined : { server, install }
}
