/// The time limits of a connection.
package struct RedisTimeouts: Sendable, Hashable {
  /// From the first packet to the answered `AUTH`, including a handshake.
  package var connectMilliseconds: Int
  /// From a command to its reply. A cache is useful only while it is faster than the database.
  package var commandMilliseconds: Int
  /// How long the oldest command may wait for a reply before the connection is closed.
  package var stallMilliseconds: Int
  /// The pause after the first failure; it doubles with each further one.
  package var firstBackoffMilliseconds: Int
  /// The longest pause between two attempts.
  package var maximumBackoffMilliseconds: Int

  /// The times; the defaults suit a server in the same data centre.
  package init(
    connectMilliseconds: Int = 2000, commandMilliseconds: Int = 500, stallMilliseconds: Int = 5000,
    firstBackoffMilliseconds: Int = 50, maximumBackoffMilliseconds: Int = 5000
  ) {
    self.connectMilliseconds = connectMilliseconds
    self.commandMilliseconds = commandMilliseconds
    self.stallMilliseconds = stallMilliseconds
    self.firstBackoffMilliseconds = firstBackoffMilliseconds
    self.maximumBackoffMilliseconds = maximumBackoffMilliseconds
  }
}

extension RedisTimeouts {
  /// The times of an operator's tool. A server that saves its users, or ends a script, answers nothing meanwhile, and a
  /// change that ends before its answer leaves its outcome unknown.
  package static let administration = RedisTimeouts(
    connectMilliseconds: 10_000, commandMilliseconds: 30_000, stallMilliseconds: 40_000)
}
