extension Probe {
    private static func read(_ route: Route, _ need: Need) -> [Probe] {
        ["GET", "HEAD"].map { method in
            Probe(route: route, method: method, need: need, success: 200) { Shot(target: route.target($0)) }
        }
    }

    /// All that something comes of.
    static let all: [Probe] =
        read(.version, .nothing) + read(.versionWithSlash, .nothing) + read(.catalog, .catalog) + read(.tags, .read)
        + read(.manifestByTag, .read) + read(.manifestByDigest, .read) + read(.blob, .read) + read(.referrers, .read)
        + pushes + sessions + deletes + read(.keySet, .keys) + tokens

    /// Every other method on every route.
    static let unsupported: [Probe] = Route.allCases.flatMap { route in
        methods.filter { !route.allowed.contains($0) }.map { method in
            Probe(route: route, method: method, need: .unsupported, success: 405) { Shot(target: route.target($0)) }
        }
    }

    private static func push(
        _ route: Route, _ method: String, _ detail: String, _ success: Int,
        _ shot: @escaping @Sendable (Scene) throws -> Shot
    ) -> Probe {
        Probe(
            route: route, method: method, detail: detail, need: .write, success: success, makesRepository: true,
            shot: shot)
    }

    private static let pushes: [Probe] = [
        push(.manifestByTag, "PUT", "", 201) { manifest($0.repository, "new", Manifest.index([])) },
        push(.manifestByDigest, "PUT", "", 201) {
            let index = Manifest.index([])
            return manifest($0.repository, index.digest, index)
        },
        push(.manifestByDigest, "PUT", "with tags", 201) {
            let index = Manifest.index([])
            return manifest($0.repository, index.digest + "?tag=one&tag=two", index)
        },
        push(.uploads, "POST", "", 202) { Shot(target: Route.uploads.target($0)) },
        push(.uploads, "POST", "of a blob", 201) {
            let blob = randomBytes(100)
            return Shot(target: adding("digest=\(sha256(blob))", to: Route.uploads.target($0)), body: blob)
        },
        push(.uploads, "POST", "mount", 201) {
            Shot(target: adding("mount=\(sha256($0.layer))&from=\($0.source)", to: Route.uploads.target($0)))
        },
        push(.uploads, "POST", "mount from anywhere", 201) {
            Shot(target: adding("mount=\(sha256($0.layer))", to: Route.uploads.target($0)))
        },
    ]

    private static func manifest(_ repository: String, _ reference: String, _ manifest: Manifest) -> Shot {
        Shot(
            target: "/v2/\(repository)/manifests/\(reference)", headers: [("Content-Type", manifest.mediaType)],
            body: manifest.content)
    }

    private static let sessions: [Probe] = [
        push(.upload, "PATCH", "", 202) {
            Shot(target: try $0.opener.startUpload($0.repository), body: randomBytes(10))
        },
        push(.upload, "PUT", "", 201) {
            let blob = randomBytes(10)
            let location = try $0.opener.startUpload($0.repository)
            return Shot(target: adding("digest=\(sha256(blob))", to: location), body: blob)
        },
        push(.upload, "GET", "", 204) { Shot(target: try $0.opener.startUpload($0.repository)) },
        push(.upload, "DELETE", "", 204) { Shot(target: try $0.opener.startUpload($0.repository)) },
    ]

    private static let deletes: [Probe] = [
        Probe(route: .manifestByTag, method: "DELETE", need: .write, success: 202) {
            if $0.exists { try $0.owner.pushManifest(Manifest.index([]), to: $0.repository, as: "doomed") }
            return Shot(target: "/v2/\($0.repository)/manifests/doomed")
        },
        Probe(route: .manifestByDigest, method: "DELETE", need: .write, success: 202) {
            let index = Manifest.index([])
            if $0.exists { try $0.owner.pushManifest(index, to: $0.repository, as: "doomed") }
            return Shot(target: "/v2/\($0.repository)/manifests/\(index.digest)")
        },
        Probe(route: .blob, method: "DELETE", need: .write, success: 202) {
            let blob = randomBytes(100)
            if $0.exists { try $0.owner.pushBlob(blob, to: $0.repository) }
            return Shot(target: "/v2/\($0.repository)/blobs/\(sha256(blob))")
        },
    ]

    private static let tokens: [Probe] = [
        Probe(route: .token, method: "GET", need: .token, success: 200) { Shot(target: Route.token.target($0)) },
        Probe(route: .token, method: "POST", need: .token, success: 200) {
            Shot(
                target: "/token", headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array("service=registryd&scope=repository:\($0.repository):pull".utf8))
        },
    ]
}
