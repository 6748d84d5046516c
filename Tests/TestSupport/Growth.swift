import Glibc

/// How the work of one thread grows with the size of its input.
///
/// It measures the thread's own processor time, which a busy machine does not lengthen, and takes the least of several runs.
package enum Growth {
  private static let runs = 5

  /// Whether work for eight times the input takes at most three times its share: for work that grows with its input the ratio is
  /// about 8, and for work that grows with its square about 64.
  package static func isLinear(from size: Int = 4_000, _ work: (Int) throws -> Void) rethrows -> Bool {
    let small = try leastNanoseconds { try work(size) }
    let large = try leastNanoseconds { try work(8 * size) }
    return large <= 24 * max(small, 10_000)
  }

  /// A text of combining marks of two classes, in the order that costs most to make canonical.
  package static func marks(_ bytes: Int) -> String {
    let half = bytes / 4
    return String(repeating: "\u{301}", count: half) + String(repeating: "\u{323}", count: half)
  }

  private static func leastNanoseconds(_ work: () throws -> Void) rethrows -> UInt64 {
    var least = UInt64.max
    for _ in 0..<runs {
      let start = threadNanoseconds()
      try work()
      least = min(least, threadNanoseconds() - start)
    }
    return least
  }

  private static func threadNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
