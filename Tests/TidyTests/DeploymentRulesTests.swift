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

  @Test func `what measures a time or an age has an alert`() throws {
    let rules = try #require(checkout.file("deploy/k8s/components/alerts/rules.yaml")?.text)
    #expect(DeploymentRules.unwatched(in: checkout.files, by: rules) == [])
    #expect(!DeploymentRules.unwatched(in: checkout.files, by: "").isEmpty)
    let other = file("Services/A.swift", #"gauge("queue_age_seconds")"#)
    #expect(DeploymentRules.unwatched(in: [other], by: rules) == ["queue_age_seconds"])
  }

  @Test func `an image has its version in one list`() throws {
    let images = DeploymentRules.images(in: try #require(checkout.file("deploy/versions.list")?.text))
    #expect(images.count > 8)
    #expect(DeploymentRules.pinned(images, in: checkout.files) == [])
  }

  @Test func `an image is built from every folder and library that the package needs`() throws {
    let package = PackageManifest(try #require(checkout.file("Package.swift")?.text))
    let folders = Set(package.targets.compactMap { $0.path.split(separator: "/").first.map(String.init) })
    let libraries = DeploymentRules.libraries(in: try #require(checkout.file("scripts/install.sh")?.text))
    #expect(folders.isSuperset(of: ["Shared", "Services", "Tests"]))
    #expect(libraries.count > 3)
    let ignore = try String(contentsOf: checkout.root.appending(path: ".dockerignore"), encoding: .utf8)
    let dockerfile = try #require(checkout.file("deploy/images/Dockerfile")?.text)
    #expect(
      DeploymentRules.lacks(in: dockerfile, ignoring: ignore, folders: folders, libraries: libraries) == [])
  }

  @Test func `a folder or a library that an image lacks is found`() {
    let whole = "RUN install libpq-dev \\\n  gcc\nCOPY Fuzz Fuzz\nRUN install libpq5"
    func lacks(_ dockerfile: String, _ ignore: String = "*\n!Fuzz") -> [String] {
      DeploymentRules.lacks(in: dockerfile, ignoring: ignore, folders: ["Fuzz"], libraries: ["libpq-dev"])
    }
    #expect(lacks(whole) == [])
    #expect(lacks(whole, "*") == ["the context has no Fuzz"])
    #expect(lacks(whole.replacing("COPY Fuzz Fuzz", with: "")) == ["the build has no Fuzz"])
    #expect(lacks(whole.replacing("libpq-dev", with: "")) == ["the build has no libpq-dev"])
    #expect(lacks(whole.replacing("libpq5", with: "")) == ["the images have no libpq"])
    #expect(
      DeploymentRules.libraries(in: "x\nreadonly build_packages=(libpq-dev git)\n") == ["libpq-dev"])
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
