import Clock
import Cryptography
import Glibc

/// A connection to a server, plain or encrypted, with one deadline for all its operations.
struct ClientStream: ~Copyable {
  private let connection: ClientConnection
  private let session: TLSSession?
  private let buffer: UnsafeMutableRawBufferPointer

  /// The bytes that one read from the network takes.
  private static let readBytes = 16 << 10

  /// Connects; ``open()`` completes the handshake of an encrypted connection.
  init(
    to url: HTTPURL, _ verification: TLSVerification, _ identity: CertificateFiles?,
    by lookUp: @escaping HostLookUp, admitting admits: AddressFilter?, deadline: Deadline
  ) throws(HTTPClientError) {
    let made = try Self.session(for: url, verification, identity)
    connection = try ClientConnection(
      host: url.host, port: url.port, by: lookUp, admitting: admits, deadline: deadline)
    session = made
    buffer = .allocate(byteCount: Self.readBytes + TLSSession.maximumRecordBytes, alignment: 1)
  }

  deinit { buffer.deallocate() }

  /// Sends all bytes.
  func send(_ bytes: [UInt8]) throws(HTTPClientError) {
    guard let session else { return try connection.send(bytes) }
    var sealed: [UInt8] = []
    do throws(TLSError) {
      try bytes.withUnsafeBufferPointer { (bytes) throws(TLSError) in
        try session.send(UnsafeRawBufferPointer(bytes), output: &sealed)
      }
    } catch {
      throw .encryption(error)
    }
    try connection.send(sealed)
  }

  /// Waits for bytes and receives them; zero at the end. An encrypted connection that ends without the server's
  /// announcement is lost, because someone else may have cut it.
  func receive(into target: UnsafeMutableRawBufferPointer) throws(HTTPClientError) -> Int {
    guard let session else { return try connection.receive(into: target) }
    while true {
      if session.state == .endedByPeer { return 0 }
      let room = min(Self.readBytes, target.count - TLSSession.maximumRecordBytes)
      let count = try step(session, room)
      if count > 0 {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return count
      }
    }
  }

  private static func session(
    for url: HTTPURL, _ verification: TLSVerification, _ identity: CertificateFiles?
  ) throws(HTTPClientError) -> TLSSession? {
    guard url.isSecure else { return nil }
    do throws(TLSError) {
      return try TLSSession(client: .client(verification, identity: identity), host: url.host)
    } catch {
      throw .encryption(error)
    }
  }

  /// Completes the handshake of an encrypted connection.
  func open() throws(HTTPClientError) {
    guard let session else { return }
    var first: [UInt8] = []
    do throws(TLSError) {
      try session.start(output: &first)
    } catch {
      throw .encryption(error)
    }
    try connection.send(first)
    while session.state == .handshaking { _ = try step(session, Self.readBytes) }
  }

  /// Receives once, decrypts, and sends what the session has to send.
  private func step(_ session: TLSSession, _ room: Int) throws(HTTPClientError) -> Int {
    let received = try connection.receive(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]))
    if received == 0 { throw .connectionLost(errno: ECONNRESET) }
    var answer: [UInt8] = []
    let result = Result { () throws(TLSError) in
      try session.receive(
        UnsafeRawBufferPointer(rebasing: buffer[..<received]), plaintext: buffer, output: &answer)
    }
    if !answer.isEmpty { try connection.send(answer) }
    switch result {
    case .success(let count): return count
    case .failure(let error): throw .encryption(error)
    }
  }
}
