/// The limits of one connection. It refuses at once what exceeds them.
package struct RedisLimits: Sendable, Hashable {
  /// The most commands that wait for their replies.
  package var commandsInFlight: Int
  /// The most bytes that wait to be written.
  package var outgoingBytes: Int
  /// The most words in one command.
  package var commandWords: Int
  /// The most bytes of one reply.
  package var replyBytes: Int
  /// The most elements in one reply, over all its levels; hiredis itself admits seven levels.
  package var replyElements: Int

  /// The limits; the defaults suit a service's cache.
  package init(
    commandsInFlight: Int = 4096, outgoingBytes: Int = 8 << 20, commandWords: Int = 1024,
    replyBytes: Int = 8 << 20, replyElements: Int = 65_536
  ) {
    self.commandsInFlight = commandsInFlight
    self.outgoingBytes = outgoingBytes
    self.commandWords = commandWords
    self.replyBytes = replyBytes
    self.replyElements = replyElements
  }
}
