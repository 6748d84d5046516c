/// Rules on what describes the deployment: a service is named in the manifests, and a version in `deploy/versions.list`.
enum DeploymentRules {
  private static let mark = "Rendered by make render"

  /// Files that are written by hand and no documentation, in which neither a role nor a version may stand.
  private static func written(in files: [SourceFile]) -> [SourceFile] {
    files.filter { file in
      !file.path.hasSuffix(".md") && !file.isIn("docs", "Tests")
        && !(file.lines.first?.contains(mark) ?? false)
    }
  }

  /// The platforms of the fleet manifest but the first, which serves as the example of comments.
  static func laterPlatforms(in fleet: String) -> [String] {
    let platforms = fleet.matches(of: /PLATFORM: ([a-z]+)/).map { String($0.1) }
    return Array(platforms.dropFirst())
  }

  /// Lines outside of the manifests, tests, rendered files and documentation that name one of these roles.
  static func named(_ roles: [String], in files: [SourceFile]) -> [String] {
    let manifests: Set = ["deploy/access.yaml", "deploy/fleet.yaml"]
    return written(in: files).filter { !manifests.contains($0.path) && !$0.isIn("deploy/tests") }.flatMap {
      file in
      file.lines.enumerated().compactMap { index, line in
        let text = line.lowercased()
        return roles.contains { text.contains($0) } ? "\(file.path):\(index + 1): \(line)" : nil
      }
    }
  }

  /// The measurements of a time or an age in the sources that no alert reads: what stands still would go unnoticed.
  static func unwatched(in files: [SourceFile], by rules: String) -> [String] {
    let sources = files.filter { $0.isIn("Shared", "Services") && $0.path.hasSuffix(".swift") }
    let names = sources.flatMap { file in
      file.text.matches(of: /"([a-z_]+_(?:timestamp|age)_seconds)"/).map { String($0.1) }
    }
    return Set(names).filter { !rules.contains(" \($0){") }.sorted()
  }

  /// The images of `deploy/versions.list`, as `IMAGE:`.
  static func images(in list: String) -> [String] {
    list.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
      let words = line.split(separator: " ")
      return words.count == 3 ? "\(words[1]):" : nil
    }
  }

  /// Lines of the deployment that give an image of the list a version by hand.
  static func pinned(_ images: [String], in files: [SourceFile]) -> [String] {
    written(in: files).filter { $0.isIn("deploy", "scripts") || !$0.path.contains("/") }.flatMap { file in
      file.lines.enumerated().compactMap { index, line in
        images.contains { isVersioned($0, in: line) } ? "\(file.path):\(index + 1): \(line)" : nil
      }
    }
  }

  /// What the images lack of the folders of a package's targets and of the libraries that it is built with, and what the
  /// context lacks of the files that they copy.
  static func lacks(
    in dockerfile: String, ignoring ignore: String, folders: Set<String>, libraries: [String]
  ) -> [String] {
    let words = Set(dockerfile.split { $0.isWhitespace })
    let context = ignore.split(separator: "\n")
    let copied = dockerfile.split(separator: "\n").filter {
      $0.hasPrefix("COPY ") && !$0.contains("--from=")
    }.flatMap { $0.split(separator: " ").dropFirst().dropLast() }
    let outside = copied.filter { !context.contains("!\($0)") }
    let missing = folders.sorted().filter { !copied.contains($0[...]) }
    let unbuilt = libraries.filter { !words.contains($0[...]) }
    let absent = libraries.map { $0.dropLast("-dev".count) }.filter { name in
      !words.contains { $0.hasPrefix(name) && !$0.hasSuffix("-dev") }
    }
    return outside.map { "the context has no \($0)" } + (missing + unbuilt).map { "the build has no \($0)" }
      + absent.map { "the images have no \($0)" }
  }

  /// The packages of C libraries that scripts/install.sh installs for a build.
  static func libraries(in script: String) -> [String] {
    let list = script.split(separator: "\n").first { $0.hasPrefix("readonly build_packages=(") } ?? ""
    return list.split { " ()=".contains($0) }.filter { $0.hasSuffix("-dev") }.map(String.init)
  }

  /// Whether the image stands in the line as a whole word, with a version behind its colon.
  private static func isVersioned(_ image: String, in line: Substring) -> Bool {
    line.ranges(of: image).contains { range in
      let before = range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
      guard !before.isLetter, !before.isNumber, !"-_/.".contains(before) || image.contains("/") else {
        return false
      }
      let version = line[range.upperBound...].prefix { $0.isLetter || $0.isNumber || "-.".contains($0) }
      return version.contains { $0.isNumber || $0 == "-" }
    }
  }
}
