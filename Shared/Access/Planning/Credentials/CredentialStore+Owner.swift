import Foundation

/// Whose files these are: a password that another account wrote is known to it.
extension CredentialStore {
  /// Checks the folder: an account that may write it can replace any file in it.
  ///
  /// A folder with the sticky bit passes, because only the owner of a file can replace it there, and so does one that is
  /// mounted read-only; Kubernetes mounts secrets so. A folder that does not exist passes, because it has no files.
  func checkFolder() throws(Failure) {
    var information = stat()
    guard stat(directory, &information) == 0 else { return }
    let isSticky = information.st_mode & S_ISVTX != 0
    var volume = statvfs()
    let isReadOnly = statvfs(directory, &volume) == 0 && volume.f_flag & UInt(ST_RDONLY) != 0
    guard information.st_mode & (S_IWGRP | S_IWOTH) == 0 || isSticky || isReadOnly else {
      throw .writableByOthers(path: directory, mode: String(information.st_mode & 0o777, radix: 8))
    }
  }

  /// Checks the owner of a file: root, this program's account, or the folder's owner. A folder in which any account may
  /// make files lends its trust to none.
  func checkOwner(_ owner: uid_t, path: String) throws(Failure) {
    if owner == 0 || owner == geteuid() { return }
    var folder = stat()
    guard stat(directory, &folder) == 0, folder.st_uid == owner, folder.st_mode & S_ISVTX == 0 else {
      throw .foreignOwner(path: path, owner: owner)
    }
  }
}
