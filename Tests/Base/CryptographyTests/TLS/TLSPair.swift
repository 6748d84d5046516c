@testable import Cryptography

/// A client and a server that exchange bytes in memory. Nothing moves between them until a test moves it.
final class TLSPair {
  let client: TLSSession
  let server: TLSSession
  /// The bytes that each end is about to send, and the messages that it has received.
  var fromClient: [UInt8] = []
  var fromServer: [UInt8] = []
  var heardByClient: [UInt8] = []
  var heardByServer: [UInt8] = []

  init(_ client: TLSContext, host: String, _ server: TLSContext) throws {
    self.client = try TLSSession(client: client, host: host)
    self.server = try TLSSession(server: server)
  }

  /// The client's first message.
  func start() throws(TLSError) { try client.start(output: &fromClient) }

  /// Passes everything that the client has sent to the server.
  func deliverToServer() throws(TLSError) {
    let bytes = fromClient
    fromClient = []
    try receive(bytes[...], by: server, &heardByServer, &fromServer)
  }

  /// Passes everything that the server has sent to the client, in pieces that end at the given places.
  func deliverToClient(cutAt places: [Int] = []) throws(TLSError) {
    let bytes = fromServer
    fromServer = []
    var start = 0
    for end in places.filter({ $0 < bytes.count }) + [bytes.count] {
      try receive(bytes[start..<end], by: client, &heardByClient, &fromClient)
      start = end
    }
  }

  /// Exchanges bytes until neither end has bytes to send.
  func settle(cutAt places: [Int] = []) throws(TLSError) {
    while !fromClient.isEmpty || !fromServer.isEmpty {
      try deliverToServer()
      try deliverToClient(cutAt: places)
    }
  }

  func sendFromClient(_ message: [UInt8]) throws(TLSError) {
    try Self.withBytes(message[...]) { (bytes) throws(TLSError) in
      try client.send(bytes, output: &fromClient)
    }
  }

  func sendFromServer(_ message: [UInt8]) throws(TLSError) {
    try Self.withBytes(message[...]) { (bytes) throws(TLSError) in
      try server.send(bytes, output: &fromServer)
    }
  }

  private func receive(
    _ bytes: ArraySlice<UInt8>, by session: TLSSession, _ plaintext: inout [UInt8], _ output: inout [UInt8]
  ) throws(TLSError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: bytes.count + TLSSession.maximumRecordBytes, alignment: 1)
    defer { buffer.deallocate() }
    let count = try Self.withBytes(bytes) { (bytes) throws(TLSError) in
      try session.receive(bytes, plaintext: buffer, output: &output)
    }
    plaintext.append(contentsOf: buffer[..<count])
  }

  static func withBytes<Result>(
    _ bytes: ArraySlice<UInt8>, _ body: (UnsafeRawBufferPointer) throws(TLSError) -> Result
  ) throws(TLSError) -> Result {
    try bytes.withUnsafeBufferPointer { (buffer) throws(TLSError) in try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
