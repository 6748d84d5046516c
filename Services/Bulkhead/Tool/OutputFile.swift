import Cryptography
import Foundation

/// A file that the tool writes for an operator, at a path of the operator's choice.
///
/// A regular file is replaced at once, with its mode and, where that is allowed, its owner; a path that is a link leads to the
/// file behind it, and stays a link. What is no regular file, such as a pipe or a device, is opened and written; an open file
/// of a process, such as /dev/stdout, is written where it stands (``OpenStream``). Nothing is left of a write that fails.
struct OutputFile {
  let path: String

  /// Why a file cannot be written, in the system's words.
  struct Failure: Error, CustomStringConvertible {
    let path: String
    let reason: String

    init(_ path: String, _ code: Int32) {
      self.path = path
      reason = String(cString: strerror(code))
    }

    var description: String { "cannot write \(path): \(reason)" }
  }

  init(_ path: String) { self.path = path }

  /// Writes the text. `mode` is that of the file in any case; without one, a new file gets the mode of new files, and another
  /// one keeps its own.
  func write(_ text: String, mode: mode_t? = nil) throws(Failure) { try write(Array(text.utf8), mode: mode) }

  /// Writes the bytes.
  func write(_ bytes: [UInt8], mode: mode_t? = nil) throws(Failure) {
    var found = stat()
    guard stat(path, &found) == 0 else {
      let code = errno
      guard code == ENOENT else { throw Failure(path, code) }
      guard case .file(let target) = try destination() else { throw Failure(path, code) }
      return try write(bytes, over: target, mode: mode, like: nil)
    }
    switch try destination() {
    case .stream(let stream): try writeInPlace(bytes, to: stream.descriptor())
    case .file(let target) where found.st_mode & S_IFMT == S_IFREG:
      try write(bytes, over: target, mode: mode, like: found)
    case .file: try writeInPlace(bytes, to: open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY))
    }
  }

  /// Writes a file that does not exist yet, and returns false where it does.
  func create(_ text: String) throws(Failure) -> Bool {
    let draft = try draft(of: Array(text.utf8), beside: path, mode: nil, like: nil)
    defer { unlink(draft) }
    if link(draft, path) == 0 { return true }
    let code = errno
    guard code == EEXIST else { throw Failure(path, code) }
    return false
  }

  private enum Destination {
    case file(String)
    case stream(OpenStream)
  }

  /// What is behind the links. The last one may lead to a file that does not exist yet.
  private func destination() throws(Failure) -> Destination {
    var next = path
    for _ in 0..<Self.mostLinks {
      var information = stat()
      guard lstat(next, &information) == 0, information.st_mode & S_IFMT == S_IFLNK else {
        return .file(next)
      }
      if let stream = OpenStream(next) { return .stream(stream) }
      guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: next) else {
        throw Failure(path, EIO)
      }
      next = link.hasPrefix("/") ? link : "\(Self.folder(of: next))/\(link)"
    }
    throw Failure(path, ELOOP)
  }

  /// The links that Linux follows (`MAXSYMLINKS`).
  private static let mostLinks = 40

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func write(
    _ bytes: [UInt8], over target: String, mode: mode_t?, like found: stat?
  ) throws(Failure) {
    let kept = found.map { $0.st_mode & 0o7777 }
    let draft = try draft(of: bytes, beside: target, mode: mode ?? kept, like: found)
    guard rename(draft, target) == 0 else {
      let code = errno
      unlink(draft)
      throw Failure(path, code)
    }
  }

  /// Writes the bytes to a new file beside the target, and returns its path. Without `mode`, it has that of new files.
  private func draft(
    of bytes: [UInt8], beside target: String, mode: mode_t?, like found: stat?
  ) throws(Failure) -> String {
    let draft = "\(Self.folder(of: target))/.\(SecureRandom.token(byteCount: Self.draftBytes))"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode == nil ? 0o666 : 0o600)
    guard descriptor >= 0 else { throw Failure(path, errno) }
    var code = Self.write(bytes, to: descriptor)
    // Another account's file may be ours to write and not to give away.
    if code == 0, let found { _ = fchown(descriptor, found.st_uid, found.st_gid) }
    if code == 0, let mode, fchmod(descriptor, mode) != 0 { code = errno }
    if code == 0, fsync(descriptor) != 0 { code = errno }
    if close(descriptor) != 0, code == 0 { code = errno }
    guard code == 0 else {
      unlink(draft)
      throw Failure(path, code)
    }
    return draft
  }

  private static let draftBytes = 12

  /// Writes to the descriptor and closes it. A pipe waits for its reader where it is opened.
  private func writeInPlace(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
    guard descriptor >= 0 else { throw Failure(path, errno) }
    var code = Self.write(bytes, to: descriptor)
    if close(descriptor) != 0, code == 0 { code = errno }
    guard code == 0 else { throw Failure(path, code) }
  }

  /// Returns the number of the error, or 0.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      rest = rest.dropFirst(count)
    }
    return 0
  }
}

extension OutputFile {
  /// Writes the text as ``write(_:mode:)`` does, with an error of the tool.
  func writeOrFail(_ text: String, mode: mode_t? = nil) throws {
    do {
      try write(text, mode: mode)
    } catch {
      throw ToolError("\(error)")
    }
  }

  /// Why a later write would fail, as far as that shows before it; nil where nothing shows. A pipe or a device needs no
  /// folder that can be written.
  var obstacle: String? {
    if case .stream(let stream)? = try? destination() {
      return stream.isWritable ? nil : "it is not writable"
    }
    var found = stat()
    if stat(path, &found) == 0, found.st_mode & S_IFMT != S_IFREG {
      if found.st_mode & S_IFMT == S_IFDIR { return "\(path) is a folder" }
      return access(path, W_OK) == 0 ? nil : "it is not writable"
    }
    guard case .file(let target)? = try? destination() else { return "its links lead nowhere" }
    let folder = Self.folder(of: target)
    guard stat(folder, &found) == 0, found.st_mode & S_IFMT == S_IFDIR else {
      return "there is no folder \(folder)"
    }
    return access(folder, W_OK) == 0 ? nil : "the folder \(folder) is not writable"
  }
}
