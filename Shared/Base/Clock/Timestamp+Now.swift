import Glibc
import Schema

extension Timestamp {
  /// The wall clock, in UTC. Whatever is tested takes a `() -> Timestamp` and gets this one only in a program.
  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microsecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// The second at hand, which costs next to nothing to know.
  package static func currentSecond() -> Timestamp {
    Timestamp(secondsSinceEpoch: Int64(time(nil)))
  }
}
