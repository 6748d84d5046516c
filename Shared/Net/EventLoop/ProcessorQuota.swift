import Glibc

/// The processors that a container's limit comes to.
///
/// A limit of time (`limits.cpu` of Kubernetes, `--cpus` of Docker) leaves every processor of the machine in the
/// affinity mask: without a look at it, a pod with one processor's time would start as many loops as the node has
/// cores, each with connections of its own, and break what its account may hold.
enum ProcessorQuota {
  /// Where the second version of control groups tells the limit: `QUOTA PERIOD` in microseconds, or `max PERIOD`.
  static let path = "/sys/fs/cgroup/cpu.max"

  private static let maximumBytes = 64

  /// Whole processors, rounded up; `nil` where there is no limit.
  static func processors(in text: String) -> Int? {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0
    else {
      return nil
    }
    return (quota - 1) / period + 1
  }

  /// The limit of this process, or `nil` where there is none or none can be seen.
  static func current() -> Int? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: maximumBytes)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return processors(in: String(decoding: bytes[..<count], as: UTF8.self))
  }
}
