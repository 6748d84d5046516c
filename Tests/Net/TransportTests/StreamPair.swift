import Cryptography
import EventLoop
import Glibc
import TestSupport
import Transport

/// A client's and a server's stream over a pair of connected sockets. Nothing moves until a test moves it.
final class StreamPair {
  let client: SocketStream
  let server: SocketStream
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: EventLoop.scratchBytes, alignment: 1)

  init(client: StreamSecurity, server: StreamSecurity) throws {
    var descriptors: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &descriptors) == 0 else { throw SupportError("no socket pair") }
    self.client = try client.stream(over: Socket(descriptor: descriptors[0]))
    self.server = try server.stream(over: Socket(descriptor: descriptors[1]))
  }

  deinit {
    client.socket.close()
    server.socket.close()
    buffer.deallocate()
  }

  /// Lets both ends send and read until both are idle; returns the bytes that each received.
  @discardableResult
  func settle() throws(StreamError) -> (client: [UInt8], server: [UInt8]) {
    var received: (client: [UInt8], server: [UInt8]) = ([], [])
    var isQuiet = false
    while !isQuiet {
      _ = try client.write([])
      let atServer = try read(server)
      _ = try server.write([])
      let atClient = try read(client)
      received.client += atClient
      received.server += atServer
      isQuiet =
        atServer.isEmpty && atClient.isEmpty && !client.hasUnsentBytes && !server.hasUnsentBytes
    }
    return received
  }

  /// Sends all bytes from one end to the other, and returns what arrived there.
  func send(_ bytes: [UInt8], from sender: SocketStream, to receiver: SocketStream) throws(StreamError)
    -> [UInt8]
  {
    var (rest, received) = (bytes[...], [UInt8]())
    while !rest.isEmpty || sender.hasUnsentBytes {
      rest = rest.dropFirst(try sender.write(Array(rest)).bytes)
      received += try read(receiver)
    }
    return received + (try read(receiver))
  }

  /// The bytes that one end can read now.
  func read(_ stream: SocketStream) throws(StreamError) -> [UInt8] {
    var received: [UInt8] = []
    while case .bytes(let count) = try stream.read(into: buffer) { received += buffer[..<count] }
    return received
  }

  /// One read of one end.
  func readOnce(_ stream: SocketStream) throws(StreamError) -> Socket.ReadOutcome {
    try stream.read(into: buffer)
  }
}

extension SocketStream {
  @discardableResult
  func write(_ bytes: [UInt8]) throws(StreamError) -> WriteProgress {
    try bytes.withUnsafeBufferPointer { (bytes) throws(StreamError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
  }
}
