import Secrets

/// A PEM file (RFC 7468) before OpenSSL reads it: what it has, for reasons that an operator understands.
struct PEMFile {
  /// What the file must have.
  enum Content { case certificates, key }

  private let bytes: [UInt8]
  /// The labels of its blocks in order: `CERTIFICATE`, `PRIVATE KEY`.
  private let labels: [String]
  /// Whether each block has its end.
  private let isComplete: Bool

  /// Reads a file that has this content.
  /// - Throws: `unusableFile` with the reason.
  static func check(_ path: String, has content: Content) throws(TLSError) {
    let bytes: [UInt8]
    do throws(PlainFileError) {
      bytes = try PlainFile.bytes(of: path)
    } catch {
      throw .unusableFile(path: path, reason: "\(error)")
    }
    if let reason = PEMFile(bytes).objection(to: content) { throw .unusableFile(path: path, reason: reason) }
  }

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map {
      String(decoding: $0.prefix(80), as: UTF8.self)
    }
    labels = lines.compactMap { Self.label(of: $0, after: "-----BEGIN ") }
    isComplete = lines.count { Self.label(of: $0, after: "-----END ") != nil } >= labels.count
  }

  private static func label(of line: String, after mark: String) -> String? {
    guard line.hasPrefix(mark) else { return nil }
    let rest = line.dropFirst(mark.count)
    return rest.firstRange(of: "-----").map { String(rest[..<$0.lowerBound]) }
  }

  /// How many certificates it has, readable or not.
  var certificateCount: Int { labels.count { $0.hasSuffix("CERTIFICATE") } }

  /// Why the file cannot have the content; nil where OpenSSL decides.
  func objection(to content: Content) -> String? {
    if bytes.isEmpty { return "it is empty" }
    guard !labels.isEmpty else {
      return bytes[0] == 0x30 ? "it is DER, not PEM (openssl converts it)" : "it has no PEM block"
    }
    guard isComplete else { return "its PEM is cut off" }
    let hasKey = labels.contains { $0.hasSuffix("PRIVATE KEY") }
    let hasCertificate = labels.contains { $0.hasSuffix("CERTIFICATE") }
    switch content {
    case .certificates where !hasCertificate:
      return hasKey ? "it has a key and no certificate" : "it has no certificate"
    case .key where !hasKey:
      return hasCertificate ? "it has a certificate and no key" : "it has no private key"
    case .key where isEncrypted: return "its key has a passphrase: store it without one"
    case .certificates, .key: return nil
    }
  }

  private var isEncrypted: Bool {
    labels.contains("ENCRYPTED PRIVATE KEY")
      || String(decoding: bytes, as: UTF8.self).contains("Proc-Type: 4,ENCRYPTED")
  }
}
