import Foundation
import Testing

/// A service is named in the manifests alone, and the version of an image in one list.
@Suite struct DeploymentRulesTests {
  private let checkout = Checkout.here

  private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

  @Test func `a role of the fleet manifest is named in no line that is written by hand`() throws {
    let fleet = try #require(checkout.file("deploy/fleet.yaml")?.text)
    let roles = DeploymentRules.laterPlatforms(in: fleet)
    #expect(!roles.isEmpty)
    #expect(DeploymentRules.named(roles, in: checkout.files) == [])
  }

  @Test func `an image has its version in one list`() throws {
    let images = DeploymentRules.images(in: try #require(checkout.file("deploy/versions.list")?.text))
    #expect(images.count > 8)
    #expect(DeploymentRules.pinned(images, in: checkout.files) == [])
  }

  @Test func `the dashboard shows each measurement that the page says to watch`() throws {
    let page = try #require(checkout.file("docs/deploy.md")?.text)
    let dashboard = try #require(checkout.file("deploy/compose/grafana/fleet.json")?.text)
    let section = try #require(
      page.components(separatedBy: "## What to watch\n").last?.components(separatedBy: "\n## ").first)
    let named = section.matches(of: /`((?:database|cache|event|http)_[a-z_]+)`/).map { String($0.1) }
    #expect(named.count > 4)
    #expect(named.filter { !dashboard.contains($0) } == [])
  }

  @Test func `a role in a script is found, and in a manifest, a test, a rendered file or a page it is not`() {
    let line = "start discord-trigger"
    let files = [
      file("scripts/x.sh", "#!/bin/sh\n\(line)"), file("deploy/fleet.yaml", line), file("docs/x.md", line),
      file("Tests/X.swift", line), file("a.yml", "# Rendered by make render: edit x\n\(line)"),
    ]
    #expect(DeploymentRules.laterPlatforms(in: "{ PLATFORM: twitch }\n{ PLATFORM: discord }") == ["discord"])
    #expect(DeploymentRules.named(["discord"], in: files) == ["scripts/x.sh:2: \(line)"])
  }

  @Test func `a version of an image by hand is found, and a mention without one is not`() {
    let images = DeploymentRules.images(
      in: "# x\nA redis 7.4\nB debian bookworm-slim\nC prom/prometheus v2.53.0\n")
    #expect(images == ["redis:", "debian:", "prom/prometheus:"])
    for line in ["image: redis:7", "FROM debian:bookworm-slim", "image: x/prom/prometheus:v2.1"] {
      #expect(DeploymentRules.pinned(images, in: [file("deploy/x.yaml", line)]).count == 1, "\(line)")
    }
    for line in ["redis: { image: x }", "# debian: the base", "- my-redis:7", "redis:", "redis:data"] {
      #expect(DeploymentRules.pinned(images, in: [file("deploy/x.yaml", line)]) == [], "\(line)")
    }
  }
}
