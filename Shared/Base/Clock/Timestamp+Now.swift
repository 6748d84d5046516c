import Glibc
import Schema

extension Timestamp {
  /// The wall clock, in UTC. Code under test takes a `() -> Timestamp`, and a program passes this one.
  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microsecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// The wall clock in whole seconds, which is cheaper to read.
  package static func currentSecond() -> Timestamp {
    Timestamp(secondsSinceEpoch: Int64(time(nil)))
  }
}
