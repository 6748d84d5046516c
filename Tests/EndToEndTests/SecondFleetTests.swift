import Foundation
import Testing

extension FleetTests {
  /// A second fleet, or a second reader, beside a running fleet.
  @Suite struct SecondFleetTests {
    @Test func `a second fleet on the same ports is refused before it changes the database`() async throws {
      let fleet = try FleetTrait.fleet(.embedded)
      let output = try await fleet.bulkhead("up", "--reset", "--first-port", "\(fleet.firstPort)")
      #expect(output.status == 1)
      #expect(output.err.contains("another process answers on http://127.0.0.1:\(fleet.firstPort)"))
      #expect(!output.err.contains("emptying the database"))
      #expect(try await fleet.bulkhead("migrate", "check").status == 0)
    }

    @Test func `the end of a pipe's reader does not crash the tool`() async throws {
      let output = try await Program.run(
        URL(fileURLWithPath: "/bin/bash"),
        [
          "-c", "\"$0\" access render sql | { exec <&-; sleep 1; }; exit ${PIPESTATUS[0]}",
          Program.named("bulkhead").path,
        ],
        environment: ["ACCESS_MANIFEST": Program.checkout.appendingPathComponent("deploy/access.yaml").path],
        in: FileManager.default.temporaryDirectory)
      #expect(output.status == 0)
      #expect(!output.err.contains("Fatal error"))
    }
  }
}
