import Foundation
import Testing

/// The age of passwords.
struct CredentialAgeTests {
  @Test func `an old password is listed with exit code 2, and a rotation step does not make it younger`()
    async throws
  {
    try await Deployment.with(.embedded) { deployment in
      try await deployment.succeed(["access", "credentials", "--expire-after", "90d"])
      let file = deployment.credential("connector-rw")
      let old = Date().addingTimeInterval(-100 * 86_400)
      try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: file)
      let listed = try await deployment.bulkhead(["access", "credentials", "--expire-after", "90d"])
      #expect(listed.status == 2)
      let line = listed.out.split(separator: "\n").first { $0.contains("connector-rw") }
      #expect(line?.contains("100d, expired") == true, "\(listed.out)")
      #expect(listed.out.split(separator: "\n").count { $0.contains("expired") } == 1)
      try await deployment.succeed(["access", "credentials", "--expire-after", "101d"])
      let json = try await deployment.bulkhead(["access", "credentials", "--expire-after", "90d", "--json"])
      #expect(json.status == 2 && json.out.contains("isExpired\":true"), "\(json.out)")
      let wrong = try await deployment.bulkhead(["access", "credentials", "--expire-after", "soon"])
      #expect(wrong.status == 64)
    }
  }
}
