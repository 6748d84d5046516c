import Glibc

/// How every program here ends; scripts and supervisors rely on the numbers.
package enum ExitCode: Int32, Sendable, Hashable {
  /// Done, and in order.
  case success = 0
  /// An error.
  case failure = 1
  /// A difference or a violation was found.
  case difference = 2
  /// Wrong usage (`EX_USAGE` of sysexits.h).
  case usage = 64
  /// Wrong configuration (`EX_CONFIG` of sysexits.h).
  case configuration = 78

  /// Ends the process.
  package func exit() -> Never { Glibc.exit(rawValue) }
}
