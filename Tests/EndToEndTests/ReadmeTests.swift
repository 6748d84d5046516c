import Foundation
import Testing

extension FleetTests {
  @Suite struct ReadmeTests {
    @Test func `the README's curl commands work as printed`() async throws {
      let fleet = try FleetTrait.fleet(.embedded)
      let script = try Self.lines(for: fleet)
      let path = fleet.folder.appendingPathComponent("readme.sh")
      try script.write(to: path, atomically: true, encoding: .utf8)
      let output = try await Program.run(
        URL(fileURLWithPath: "/bin/bash"), ["-u", path.path], environment: fleet.deployment.environment,
        in: fleet.folder)
      #expect(output.status == 0, "\(output.err)")
      let expected = [
        #""role":"member""#, "HTTP/1.1 201 Created", #"ETag: "1""#, "HTTP/1.1 412 Precondition Failed",
        #""provider":"github""#, "backend-api-rw", "analytics-ro", #""status":403"#,
        "is an operator", #""users":{"total":"#, #""metric":"users_created""#, "# TYPE", #""openapi""#,
      ]
      for text in expected { #expect(output.out.contains(text), "\(text) is missing in: \(output.out)") }
    }

    /// The block under "Use it", with this fleet's ports and this build's tool.
    private static func lines(for fleet: FleetUnderTest) throws -> String {
      let readme = try String(
        contentsOf: Program.checkout.appendingPathComponent("README.md"), encoding: .utf8)
      let section = try #require(readme.components(separatedBy: "## Use it").last)
      let block = try #require(section.components(separatedBy: "```").dropFirst().first)
      var text = block
      for (offset, port) in [8081, 8082, 8083].enumerated() {
        try #require(text.contains("127.0.0.1:\(port)"))
        text = text.replacingOccurrences(
          of: "127.0.0.1:\(port)", with: "127.0.0.1:\(fleet.firstPort + offset)")
      }
      return text.replacingOccurrences(of: ".build/debug/bulkhead", with: Program.named("bulkhead").path)
    }
  }
}
