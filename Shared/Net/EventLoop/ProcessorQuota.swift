import Processes

/// The number of processors that a container's CPU limit amounts to.
///
/// A CPU limit (`limits.cpu` of Kubernetes, `--cpus` of Docker) does not change the affinity mask. Without this quota,
/// a pod limited to one processor would start one loop per core of the node. Each loop opens its own connections, so
/// the pod would exceed the connection limit of its account.
enum ProcessorQuota {
  /// The limit's file in control groups version 2: `QUOTA PERIOD` in microseconds, or `max PERIOD`.
  static let path = "/sys/fs/cgroup/cpu.max"

  /// Whole processors, rounded up; nil without a limit.
  static func processors(in text: String) -> Int? {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0
    else {
      return nil
    }
    return (quota - 1) / period + 1
  }

  /// The limit of this process; nil when it has none or the file cannot be read.
  static func current() -> Int? {
    KernelFiles.text(of: path).flatMap(processors(in:))
  }
}
