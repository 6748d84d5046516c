import Cryptography
import Synchronization
import Transport

/// The encryption of a server's connections: its certificate, and counts over all loops.
package final class ServerEncryption: Sendable {
  /// The certificate, which may be replaced while the server runs.
  package let certificates: ServerCertificates

  private let full = Atomic<Int>(0)
  private let resumed = Atomic<Int>(0)
  private let failed = Atomic<Int>(0)
  private let received = Atomic<Int>(0)
  private let sent = Atomic<Int>(0)

  /// The encryption with this certificate.
  package init(_ certificates: ServerCertificates) { self.certificates = certificates }

  /// The counts since the start.
  package var counts: EncryptionCounts {
    EncryptionCounts(
      fullHandshakes: full.load(ordering: .relaxed), resumedHandshakes: resumed.load(ordering: .relaxed),
      failedHandshakes: failed.load(ordering: .relaxed), bytesReceived: received.load(ordering: .relaxed),
      bytesSent: sent.load(ordering: .relaxed))
  }

  func countHandshake(isResumed: Bool) {
    if isResumed {
      resumed.wrappingAdd(1, ordering: .relaxed)
    } else {
      full.wrappingAdd(1, ordering: .relaxed)
    }
  }

  func countFailure() { failed.wrappingAdd(1, ordering: .relaxed) }
  func countReceived(_ bytes: Int) { received.wrappingAdd(bytes, ordering: .relaxed) }
  func countSent(_ bytes: Int) { sent.wrappingAdd(bytes, ordering: .relaxed) }
}

/// What happened on a server's encrypted connections since its start.
package struct EncryptionCounts: Sendable, Hashable {
  /// Handshakes with a new key agreement.
  package let fullHandshakes: Int
  /// Handshakes that continued an earlier session.
  package let resumedHandshakes: Int
  /// Connections that ended before their handshake was complete: other protocols, old versions, refused certificates,
  /// time limits, clients that left.
  package let failedHandshakes: Int
  /// Encrypted bytes from clients.
  package let bytesReceived: Int
  /// Encrypted bytes for clients.
  package let bytesSent: Int
}
