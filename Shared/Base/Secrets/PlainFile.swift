import Glibc

/// Reads a whole file that a setting names: a regular file of bounded size.
///
/// Opening a pipe waits until a program writes into it, a device may have no end, and a wrong path may name a large file.
package enum PlainFile {
  /// The most bytes of a file. A bundle of all public authorities has a quarter of it.
  package static let maximumBytes = 1 << 20

  /// The bytes of the file. A mount that hangs blocks the caller: call it off the loops.
  package static func bytes(of path: String, atMost limit: Int = maximumBytes) throws(PlainFileError)
    -> [UInt8]
  {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(errorNumber: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(errorNumber: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
    // Files of /proc have no size, so the loop finds the end itself.
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = part.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(errorNumber: errno) }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { throw .tooLarge(limit: limit) }
      bytes += part[..<count]
    }
  }

  /// The text of the file, which is UTF-8.
  package static func text(of path: String, atMost limit: Int = maximumBytes) throws(PlainFileError) -> String
  {
    guard let text = String(validating: try bytes(of: path, atMost: limit), as: UTF8.self) else {
      throw .notText
    }
    return text
  }
}

/// Why a file was not read.
package enum PlainFileError: Error, Sendable, Hashable {
  /// A system call failed; the number is `errno(3)`.
  case system(errorNumber: Int32)
  /// A folder, a pipe, a socket or a device.
  case notRegular
  /// The file has more bytes than such a file has.
  case tooLarge(limit: Int)
  /// The file is not UTF-8.
  case notText
}

extension PlainFileError: CustomStringConvertible {
  /// The reason alone, without path and content.
  package var description: String {
    switch self {
    case .system(let number): String(cString: strerror(number))
    case .notRegular: "it is not a regular file"
    case .tooLarge(let limit): "it has more than \(limit) bytes"
    case .notText: "it is not UTF-8 text"
    }
  }
}
