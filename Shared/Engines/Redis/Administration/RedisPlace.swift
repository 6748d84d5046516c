/// Where a server stands among others. Replication and clusters copy keys, and never users.
package struct RedisPlace: Sendable, Hashable {
  /// The address of the server whose replica it is; nil where it takes writes itself.
  var primary: String?
  /// The addresses of its replicas, as it reports them: `10.0.0.2:6379`.
  package var replicas: [String] = []
  /// Whether it is a node of a cluster, each of which has a part of the keys.
  var isClusterNode = false

  /// A server that stands alone.
  init() {}

  /// Reads the answer to `INFO replication cluster`: lines such as `role:slave` and
  /// `slave0:ip=10.0.0.2,port=6379,state=online,offset=14,lag=0`.
  init(info: String) {
    var values: [String: String] = [:]
    for line in info.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      values[parts[0]] = parts[1]
      if parts[0].hasPrefix("slave"), let address = Self.address(ofReplica: parts[1]) {
        replicas.append(address)
      }
    }
    isClusterNode = values["cluster_enabled"] == "1"
    guard values["role"] == "slave" else { return }
    primary = "\(values["master_host"] ?? ""):\(values["master_port"] ?? "")"
  }

  private static func address(ofReplica text: String) -> String? {
    var fields: [Substring: Substring] = [:]
    for field in text.split(separator: ",") {
      let parts = field.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = parts[1] }
    }
    guard let host = fields["ip"], let port = fields["port"] else { return nil }
    return "\(host):\(port)"
  }
}
