import Foundation
import HTTPClient
import TestSupport
import Testing

/// A service that speaks HTTPS, as a process of its own.
@Suite struct ListenerCertificateTests {
  @Test func `SIGHUP replaces the certificate of a running service, and ends neither it nor a connection`()
    async throws
  {
    let authority = try TestAuthority()
    let (old, new) = (try authority.issue(to: "IP:127.0.0.1"), try authority.issue(to: "IP:127.0.0.1"))
    let settings = ["HTTP_TLS_CERT_FILE": old.certificateFile, "HTTP_TLS_KEY_FILE": old.keyFile]
    try await Deployment.with(.embedded, prepared: true) { deployment in
      try await ServiceBehindServers.run(on: deployment, settings) { service in
        let url = service.client.base.replacingOccurrences(of: "http://", with: "https://")
        let ready = { @Sendable in
          try? await HTTPClient.send(
            .get, url + "/readyz", timeoutMilliseconds: Patience.milliseconds,
            verification: .full(authorityFile: authority.certificateFile))
        }
        try await eventually("it is ready") { await ready()?.status == .ok }
        for (source, target) in [(new.certificateFile, old.certificateFile), (new.keyFile, old.keyFile)] {
          try Data(contentsOf: URL(fileURLWithPath: source)).write(
            to: URL(fileURLWithPath: target), options: .atomic)
        }
        service.started.send(SIGHUP)
        try await eventually("it is replaced") { service.started.err.contains("certificate replaced") }
        try "broken".write(toFile: old.keyFile, atomically: true, encoding: .utf8)
        service.started.send(SIGHUP)
        try await eventually("it is kept") { service.started.err.contains("the old one stays") }
        try await eventually("it still answers") { await ready()?.status == .ok }
        #expect(service.started.isRunning)
      }
    }
  }

  @Test func `SIGHUP ends no service without a certificate`() async throws {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      try await ServiceBehindServers.run(on: deployment) { service in
        try await service.readiness(becomes: 200)
        service.started.send(SIGHUP)
        try await eventually("it is logged") { service.started.err.contains("nothing to reload") }
        try await service.readiness(becomes: 200)
        #expect(service.started.isRunning)
      }
    }
  }
}
