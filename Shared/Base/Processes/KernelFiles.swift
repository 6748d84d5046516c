import Glibc

/// Reads of the kernel's own files and folders, as /proc(5) has them.
///
/// Their size is 0, and one `read` gives whole lines, so less than was asked for. Foundation's `String(contentsOfFile:)`
/// takes that for the end after 4,096 bytes; its list of a folder fails where an entry goes away meanwhile, as processes
/// and descriptors do.
package enum KernelFiles {
  private static let readBytes = 16_384

  /// The whole text of a file; nil where it cannot be read, because its process has ended or belongs to another user.
  package static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: readBytes)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += bytes[..<count]
    }
  }

  /// The names in a folder without `.` and `..`; nil where the folder cannot be read.
  package static func names(in folder: String) -> [String]? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// What a symbolic link names; nil where it cannot be read.
  package static func target(of link: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link, &bytes, bytes.count)
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }
}
