import EventLoop
import HTTPServer
import Logging
import Runtime
import Transport

/// Keeps a listener's certificate current, and reports it and the handshakes in the log and in the metrics.
struct CertificateReport: Sendable {
  let encryption: ServerEncryption
  let logger: Logger
  /// The pause between two looks at the files.
  var intervalMilliseconds = CertificateReport.defaultIntervalMilliseconds

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

  /// Looks at the files until the task is cancelled, and writes failed handshakes to the log in sum.
  func run() async {
    if let warning = encryption.certificates.warning {
      logger.warning("the key of the listener is readable", metadata: ["reason": "\(warning)"])
    }
    var failures = 0
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(intervalMilliseconds))
      // An offload queue that is full, and a sleep that is cancelled: the next round looks again, or there is none.
      let outcome = try? await Offload.run { [encryption] in encryption.certificates.reloadIfChanged() }
      if let outcome = outcome ?? nil { report(outcome) }
      let failed = encryption.counts.failedHandshakes
      if failed > failures {
        logger.info("TLS handshakes failed", metadata: ["count": "\(failed - failures)"])
      }
      failures = failed
    }
  }

  /// Reads the files now.
  func reload() async {
    do {
      report(try await Offload.run { [encryption] in encryption.certificates.reload() })
    } catch {
      logger.error("the certificate was not read again: \(error)")
    }
  }

  private func report(_ outcome: ServerCertificates.Outcome) {
    switch outcome {
    case .replaced:
      logger.info(
        "certificate replaced",
        metadata: ["valid_until": "\(encryption.certificates.context.validity?.lastDay ?? "unknown")"])
    case .kept(let error):
      logger.error("the new certificate is unusable, the old one stays: \(error)")
    }
  }

  private var expiry: [MetricSample] {
    guard let validity = encryption.certificates.context.validity else { return [] }
    return [
      MetricSample(
        "http_tls_certificate_expiry_seconds", .gauge,
        help: "When the listener's certificate expires, in seconds since 1970.",
        value: Double(validity.notAfter))
    ]
  }
}

extension MetricSample {
  fileprivate static func count(_ name: String, _ value: Int, _ help: String) -> MetricSample {
    MetricSample(name, .counter, help: help, value: Double(value))
  }
}
