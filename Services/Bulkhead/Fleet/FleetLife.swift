import Foundation

/// A pipe that this process holds open while its fleet runs. Its members read the other end. The system closes it when this
/// process ends in any way, SIGKILL included, and the members then stop in order.
final class FleetLife: Sendable {
  /// The end that the members get as standard input.
  let input: Int32
  private let held: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    // Children inherit neither: ChildProcess closes every descriptor that it does not pass on.
    guard pipe(&ends) == 0 else {
      throw ToolError("cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    (input, held) = (ends[0], ends[1])
  }

  deinit {
    close(input)
    close(held)
  }
}
