import AccessManifest
import Foundation
import TestSupport
import Testing

@testable import bulkhead

/// The files that deploy the fleet are what the manifests and the templates say.
@Suite struct FleetRenderingTests {
  private let access: AccessManifest
  private let text: String
  private let deploy = Checkout.root.appendingPathComponent("deploy")

  init() throws {
    access = try AccessManifest.load(path: deploy.appendingPathComponent("access.yaml").path)
    text = try String(contentsOf: deploy.appendingPathComponent("fleet.yaml"), encoding: .utf8)
  }

  private func rendering(of text: String) throws -> FleetRendering {
    FleetRendering(
      context: RenderingContext(try FleetManifest.parse(text, with: access), access),
      templates: deploy.appendingPathComponent("templates"))
  }

  @Test(arguments: FleetRendering.Form.allCases)
  func `no rendered file differs from what is committed`(_ form: FleetRendering.Form) throws {
    let (written, stale) = try rendering(of: text).differences(form, in: Checkout.root)
    #expect(written.keys.sorted() == [], "run make render")
    #expect(stale == [], "run make render")
  }

  @Test func `rendering the same manifests twice gives the same bytes`() throws {
    let first = try rendering(of: text).files(.kubernetes)
    #expect(try rendering(of: text).files(.kubernetes) == first)
  }

  /// A copy of the rendered base, in which one file is stale and one was edited by hand.
  @Test func `a file that was edited by hand, and one of a service that is gone, are differences`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("render-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let rendering = try rendering(of: text)
    let gone = "deploy/k8s/base/services/mailer/deployment.yaml"
    let edited = "deploy/k8s/base/services/connector/deployment.yaml"
    var files = try rendering.files(.kubernetes)
    files[gone] = files[edited]
    files[edited]?.append("# more\n")
    for (path, text) in files {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let (written, stale) = try rendering.differences(.kubernetes, in: folder)
    #expect(Array(written.keys) == [edited])
    #expect(stale == [gone])
  }

  @Test(arguments: [("", 171), ("max_connections: 300, ", 300), ("max_connections: 90, ", 90)])
  func `an engine accepts what the manifest says, or else what the accounts' limits need`(
    _ declared: String, _ connections: Int
  ) throws {
    let manifest = try String(contentsOf: deploy.appendingPathComponent("access.yaml"), encoding: .utf8)
    let changed = manifest.replacing("database: { max_connections: 300, ", with: "database: { \(declared)")
    let access = try AccessManifest.parse(changed)
    let context = RenderingContext(try FleetManifest.parse(text, with: access), access)
    let rendering = FleetRendering(context: context, templates: deploy.appendingPathComponent("templates"))
    let settings = try rendering.files(.kubernetes)["deploy/k8s/components/postgresql/postgresql.conf"]
    #expect(settings?.contains("max_connections = \(connections)\n") == true)
    let compose = try #require(try rendering.files(.compose)["deploy/compose/engines.yaml"])
    #expect(compose.contains("max_connections=\(connections),"))
    #expect(compose.ranges(of: "memory: 1G, pids: \(connections + 200) }").count == 2)
  }

  @Test func `compose reads a dollar in a setting as a dollar`() throws {
    let changed = text.replacing("{ ROLE: rollup }", with: "{ ROLE: \"a $HOME: b\" }")
    let files = try rendering(of: changed).files(.compose)
    #expect(files["docker-compose.yml"]?.contains("ROLE: \"a $$HOME: b\"") == true)
  }

  @Test func `no port that a client can reach shows measurements`() throws {
    let rendering = try rendering(of: text)
    let compose = try rendering.files(.compose)
    let targets = try #require(compose["deploy/compose/prometheus.yaml"])
    for service in try FleetManifest.parse(text, with: access).services {
      #expect(targets.contains("\"\(service.name):9090\""))
      let policy = try rendering.files(.kubernetes)["deploy/k8s/base/services/\(service.name)/network.yaml"]
      let toMonitoring = try #require(policy?.split(separator: "monitoring }\n").last)
      #expect(toMonitoring.hasPrefix("      ports: [{ port: probes }]"))
    }
    #expect(compose["docker-compose.yml"]?.contains("PROBE_PORT: \"9090\"") == true)
    #expect(compose["docker-compose.yml"]?.contains(":9090:9090") == false, "the probes' port is published")
  }

  @Test func `the edges are the manifest's accounts and sides, and no service calls another`() throws {
    let edges = FleetEdge.all(of: try FleetManifest.parse(text, with: access), access)
    let connector = edges.filter { $0.caller == "connector" || $0.peer == "connector" }
    #expect(
      FleetEdge.table(connector) == """
        edge        connector  people keep their integrations and webhooks
        connector   outside    events are sent to the addresses that people gave
        monitoring  connector  probes and /metrics, on a port of their own
        connector   database   connector-rw
        connector   cache      connector-cache
        """)
    let services = Set(access.services.map(\.name))
    #expect(!edges.contains { services.contains($0.caller) && services.contains($0.peer) })
    #expect(!edges.contains { $0.peer == "analytics-rollup" && $0.caller == "edge" })
    #expect(edges.filter { $0.caller == "migrate" }.map(\.because) == ["migrate-admin", "cache-admin"])
  }

  @Test func `an environment file quotes for a shell what is not plain`() throws {
    let values = ["A": "/a path/it's", "B": "$HOME `id`", "C": "", "D": "10.0.0.0/8,x:1"]
    #expect(
      EnvironmentFiles.text(of: values) == #"""
        A='/a path/it'\''s'
        B='$HOME `id`'
        C=''
        D=10.0.0.0/8,x:1

        """#)
  }
}
