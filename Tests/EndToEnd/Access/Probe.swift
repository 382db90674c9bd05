/// A request of every kind that the registry knows, made ready anew for each caller.
struct Probe: Sendable, CustomStringConvertible {
    enum Need: Sendable {
        case nothing, catalog, read, write
        /// A login that a token is given for.
        case token
        /// Not even that: the keys are public.
        case keys
        /// Nobody may, as there is no such thing.
        case unsupported
    }

    enum Route: String, Sendable, CaseIterable {
        case version = "/v2"
        case versionWithSlash = "/v2/"
        case catalog, tags
        case manifestByTag = "manifest by tag"
        case manifestByDigest = "manifest by digest"
        case blob, uploads, upload, referrers, token
        case keySet = "key set"
    }

    static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// What a probe works on.
    struct Scene {
        var repository: String
        var exists: Bool
        /// May do everything there.
        var owner: Caller
        /// Whoever opens the upload sessions: the one who asks, if they may.
        var opener: Caller
        /// What is there.
        var manifest: Manifest
        var layer: [UInt8]
        /// A repository that the caller may read if they may read anything.
        var source: String
    }

    struct Shot {
        var target: String
        var headers: [(String, String)] = []
        var body: [UInt8]?
    }

    var route: Route
    var method: String
    /// What is asked for beside that.
    var detail = ""
    var need: Need
    /// The status when it is allowed; in a repository that does not exist, 404 unless it makes one.
    var success: Int
    var makesRepository = false
    var shot: @Sendable (Scene) throws -> Shot

    var description: String { "\(method) \(route.rawValue) \(detail)" }
}

extension Probe.Route {
    /// Where it is, with what is in the scene where something has to be.
    func target(_ scene: Probe.Scene) -> String {
        let repository = "/v2/\(scene.repository)"
        return switch self {
        case .version, .versionWithSlash: rawValue
        case .catalog: "/v2/_catalog"
        case .tags: "\(repository)/tags/list"
        case .manifestByTag: "\(repository)/manifests/latest"
        case .manifestByDigest: "\(repository)/manifests/\(scene.manifest.digest)"
        case .blob: "\(repository)/blobs/\(sha256(scene.layer))"
        case .uploads: "\(repository)/blobs/uploads/"
        case .upload: "\(repository)/blobs/uploads/00000000-0000-4000-8000-000000000000"
        case .referrers: "\(repository)/referrers/\(scene.manifest.digest)"
        case .token: "/token?service=registryd&scope=repository:\(scene.repository):pull"
        case .keySet: "/.well-known/jwks.json"
        }
    }

    /// The methods that something comes of.
    var allowed: Set<String> { Set(Probe.all.filter { $0.route == self }.map(\.method)) }
}
