import Foundation

/// A file that a process has open, at the link that the kernel shows for it: /dev/stdout, /dev/fd/3, /proc/PID/fd/3.
///
/// The link's text is the path of the file. To replace that path would lose what the file has, and what its holder writes
/// later.
struct OpenStream {
  private let path: String

  /// Nil where the link is no link of the kernel: only those lie in a folder of procfs.
  init?(_ link: String) {
    var (folder, system) = (stat(), stat())
    guard stat(OutputFile.folder(of: link), &folder) == 0, stat(Self.process, &system) == 0,
      folder.st_dev == system.st_dev
    else { return nil }
    path = link
  }

  /// What procfs has of this process.
  private static let process = "/proc/self"

  /// A descriptor that writes where the stream stands, which the caller closes; negative, with `errno`, where it cannot be
  /// written.
  ///
  /// A regular file that is opened anew would be written from its first byte on. So a stream of this process is duplicated, and
  /// one of another process is appended to.
  func descriptor() -> Int32 {
    guard let own else { return open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY) }
    return fcntl(own, F_DUPFD_CLOEXEC, 0)
  }

  var isWritable: Bool {
    guard let own else { return access(path, W_OK) == 0 }
    let flags = fcntl(own, F_GETFL)
    return flags >= 0 && flags & O_ACCMODE != O_RDONLY
  }

  /// The number of a stream of this process. All its threads share them.
  private var own: Int32? {
    guard let folder = Self.resolved(OutputFile.folder(of: path)), let process = Self.resolved(Self.process),
      folder.hasPrefix("\(process)/"), folder.hasSuffix("/fd")
    else { return nil }
    return path.split(separator: "/").last.flatMap { Int32($0) }
  }

  private static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }
}
