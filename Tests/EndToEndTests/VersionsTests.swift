import Foundation
import TestSupport
import Testing

/// `scripts/versions.sh` beside registries that answer as the tests say.
@Suite struct VersionsTests {
  /// Registries: `tags` has the tags of every image and repository, and is missing where nothing answers. The first page of
  /// an image's tags has another one, and names the second page.
  private static let stub = #"""
    #!/bin/sh
    folder=$(dirname "$0")
    test -e "$folder/tags" || exit 22
    case "$*" in
    *token*) echo '{"token":"t"}' ;;
    *tags/list*page=2*)
      printf 'HTTP/2 200\r\n\r\n{"name":"x","tags":["%s"]}' "$(paste -sd, "$folder/tags" | sed 's/,/","/g')" ;;
    *tags/list*)
      printf 'HTTP/2 200\r\nLink: </v2/x/tags/list?page=2>; rel="next"\r\n\r\n{"name":"x","tags":["0.0.1"]}' ;;
    *ls-remote*) sed 's,^,0 refs/tags/,' "$folder/tags" ;;
    *index*) echo "Available versions: $(paste -sd, "$folder/tags")" ;;
    esac
    """#

  private func answer(tags: [String]?) async throws -> Program.Output {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
      "versions-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let script = try String(contentsOf: Program.script("versions.sh"), encoding: .utf8)
    var texts = [
      "scripts/versions.sh": script,
      "scripts/requirements-test.txt": "pytest==9.0.3\npsycopg[binary]==3.3.9\n",
      "deploy/versions.list": "VALKEY_IMAGE valkey/valkey 8.1.4\nRUN_IMAGE debian bookworm-slim\n",
      "Package.swift": "    .package(url: \"https://example.org/yams\", exact: \"6.2.2\"),\n",
      "curl": Self.stub, "git": Self.stub, "pip": Self.stub,
    ]
    texts["tags"] = tags?.joined(separator: "\n").appending("\n")
    for (path, text) in texts {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    let path = "\(folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
    return try await Program.run(
      folder.appendingPathComponent("scripts/versions.sh"), [],
      environment: ["PATH": path, "PIP": folder.appendingPathComponent("pip").path], in: folder)
  }

  @Test func `what has a newer version of its line is old, and a newer line is a decision`() async throws {
    let output = try await answer(tags: [
      "8.1.4", "8.1.10", "9.0.3", "6.2.2", "6.2.1", "latest", "8.2-alpine", "3.3.9",
    ])
    #expect(output.status == 2, "\(output.err)")
    #expect(
      output.out == """
        old      valkey/valkey 8.1.4: 8.1.10 (and 9.0.3)
        unknown  debian bookworm-slim has no number: its newest image is taken
        major    yams 6.2.2: 9.0.3
        major    psycopg 3.3.9: 9.0.3
        current  pytest 9.0.3

        """)
  }

  @Test func `a version that its registry does not list is unknown, and not current`() async throws {
    let output = try await answer(tags: ["8.1.5", "6.2.1", "9.0.3"])
    #expect(output.status == 1, "\(output.err)")
    for line in [
      "unknown  valkey/valkey 8.1.4: its registry does not list it",
      "unknown  yams 6.2.2: its registry does not list it",
      "unknown  psycopg 3.3.9: its registry does not list it", "current  pytest 9.0.3",
    ] {
      #expect(output.out.contains(line), "\(output.out)")
    }
  }

  @Test func `without a network nothing is known, and each line says who did not answer`() async throws {
    let output = try await answer(tags: nil)
    #expect(output.status == 1, "\(output.err)")
    #expect(output.out.split(separator: "\n").count == 5)
    #expect(
      output.out.contains("unknown  valkey/valkey 8.1.4: the registry of valkey/valkey does not answer"))
    #expect(output.out.contains("unknown  yams 6.2.2: https://example.org/yams does not answer"))
    #expect(output.out.contains("unknown  pytest 9.0.3: the index of pip does not answer"))
  }
}
