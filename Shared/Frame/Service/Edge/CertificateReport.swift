import Clock
import Cryptography
import HTTPServer
import Logging
import Runtime
import Schema
import Transport

/// Keeps a listener's certificate current, and reports it and the handshakes in the log and in the metrics.
struct CertificateReport: Sendable {
  let encryption: ServerEncryption
  let logger: Logger
  /// The pause between two looks at the files.
  var intervalMilliseconds = CertificateReport.defaultIntervalMilliseconds
  private let reading = BoundedReading()

  /// A secret mount is replaced within a minute; this adds little to it.
  static let defaultIntervalMilliseconds = 5_000

  /// Adds the metrics.
  func register(in metrics: MetricRegistry) {
    metrics.collect { [encryption] in
      let counts = encryption.counts
      return [
        .count(
          "http_tls_handshakes_total", counts.fullHandshakes,
          "TLS handshakes of clients with a new key agreement."),
        .count(
          "http_tls_handshakes_resumed_total", counts.resumedHandshakes,
          "TLS handshakes that continued an earlier session."),
        .count(
          "http_tls_handshakes_failed_total", counts.failedHandshakes,
          "Connections that ended before their TLS handshake was complete."),
        .count("http_tls_received_bytes_total", counts.bytesReceived, "Encrypted bytes from clients."),
        .count("http_tls_sent_bytes_total", counts.bytesSent, "Encrypted bytes to clients."),
      ] + expiry
    }
  }

  /// Looks at the files and at the validity until the task is cancelled, and writes failed handshakes to the log in sum.
  func run() async {
    if let warning = encryption.certificates.warning {
      logger.warning("the key of the listener is readable", metadata: ["reason": "\(warning)"])
    }
    reportChain()
    var expiry = ExpiryNotice()
    var failures = 0
    while !Task.isCancelled {
      reportExpiry(&expiry)
      try? await Task.sleep(for: .milliseconds(intervalMilliseconds))
      if Task.isCancelled { return }
      switch await reading.run({ [encryption] in encryption.certificates.reloadIfChanged() }) {
      case .done(let outcome): if let outcome { report(outcome) }
      case .late: reportHanging()
      // The next round looks again.
      case .notBegun: break
      }
      let failed = encryption.counts.failedHandshakes
      if failed > failures {
        logger.info("TLS handshakes failed", metadata: ["count": "\(failed - failures)"])
      }
      failures = failed
    }
  }

  /// Reads the files now.
  func reload() async {
    switch await reading.run({ [encryption] in encryption.certificates.reload() }) {
    case .done(let outcome): report(outcome)
    case .late, .notBegun: reportHanging()
    }
  }

  private func report(_ outcome: ServerCertificates.Outcome) {
    let refusals: [ListenerFileError] =
      switch outcome {
      case .replaced: []
      case .kept(let refusals): refusals
      }
    for refusal in refusals {
      switch refusal.purpose {
      case .certificate, .key:
        logger.error("the new certificate is unusable, the old one stays: \(refusal.error)")
      case .clientAuthorities:
        logger.error(
          "client authorities not replaced: removed ones are still admitted, new ones are not: \(refusal.error)"
        )
      }
    }
    if refusals.allSatisfy({ $0.purpose == .clientAuthorities }) {
      logger.info(
        "certificate replaced",
        metadata: ["valid_until": "\(encryption.certificates.context.validity?.lastDay ?? "unknown")"])
      reportChain()
    } else if let file = encryption.certificates.files.clientAuthorities,
      !refusals.contains(where: { $0.purpose == .clientAuthorities })
    {
      logger.info("client authorities replaced, without the certificate", metadata: ["file": "\(file)"])
    }
  }

  private func reportHanging() {
    logger.error(
      "certificate files not read: their file system does not answer, or the process is busy",
      metadata: ["next": "the old certificate and the old client authorities stay"])
  }

  private func reportChain() {
    guard let warning = encryption.certificates.context.chainWarning else { return }
    logger.warning(
      "doubtful certificate chain",
      metadata: ["file": "\(encryption.certificates.files.certificate)", "reason": "\(warning)"])
  }

  private func reportExpiry(_ notice: inout ExpiryNotice) {
    guard let validity = encryption.certificates.context.validity else { return }
    let left = validity.notAfter - Self.now
    guard notice.isDue(notAfter: validity.notAfter, secondsLeft: left) else { return }
    let metadata: Logger.Metadata = [
      "file": "\(encryption.certificates.files.certificate)", "valid_until": "\(validity.lastDay)",
      "seconds_left": "\(left)", "next": "replace the file: it is read again",
    ]
    if left < 0 {
      logger.error("the listener's certificate has expired", metadata: metadata)
    } else {
      logger.warning("the listener's certificate expires soon", metadata: metadata)
    }
  }

  private static var now: Int64 { Timestamp.currentSecond().secondsSinceEpoch }

  private var expiry: [MetricSample] {
    guard let validity = encryption.certificates.context.validity else { return [] }
    return [
      MetricSample(
        "http_tls_certificate_expiry_seconds", .gauge,
        help: "When the listener's certificate expires, in seconds since 1970.",
        value: Double(validity.notAfter)),
      MetricSample(
        "http_tls_certificate_remaining_seconds", .gauge,
        help: "Seconds until the listener's certificate expires; negative when it has expired.",
        value: Double(validity.notAfter - Self.now)),
    ]
  }
}

extension MetricSample {
  fileprivate static func count(_ name: String, _ value: Int, _ help: String) -> MetricSample {
    MetricSample(name, .counter, help: help, value: Double(value))
  }
}
