import RegistryCore
import Testing

@testable import RegistryHTTP

@Suite struct RouteTests {
    static let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    static let id = "0c2f0e7a-1111-4222-8333-944444444444"

    @Test(arguments: [
        ("/v2", "version nil"), ("/v2/", "version nil"), ("/v2/_catalog", "catalog nil"),
        ("/v2/a/tags/list", "tags a"), ("/v2/a/b/tags/list", "tags a/b"),
        ("/v2/a/manifests/latest", "manifest a"), ("/v2/a/manifests/\(digest)", "manifest a"),
        ("/v2/a/manifests/sha256%3A\(digest.dropFirst(7))", "manifest a"),
        ("/v2/a/manifests/b/manifests/c", "manifest a/manifests/b"),
        ("/v2/a/manifests/b/tags/list", "tags a/manifests/b"),
        ("/v2/manifests/manifests/manifests", "manifest manifests"),
        ("/v2/a/tags/list/manifests/x", "manifest a/tags/list"),
        ("/v2/blobs/uploads/manifests/x", "manifest blobs/uploads"),
        ("/v2/x/blobs/uploads/tags/list", "tags x/blobs/uploads"),
        ("/v2/a/blobs/\(digest)", "blob a"), ("/v2/a/blobs/uploads/blobs/\(digest)", "blob a/blobs/uploads"),
        ("/v2/a/blobs/uploads/", "uploads a"), ("/v2/a/blobs/uploads", "uploads a"),
        ("/v2/a/blobs/uploads/blobs/uploads/", "uploads a/blobs/uploads"),
        ("/v2/a/blobs/uploads/\(id)", "upload a"), ("/v2/a/referrers/\(digest)", "referrers a"),
    ])
    func `finds`(_ path: String, _ expected: String) throws {
        let route = try Route(path[...])
        #expect("\(route.name) \(route.repository?.description ?? "nil")" == expected)
    }

    @Test(arguments: [
        ("/", RegistryError.Code.routeUnknown), ("/v2x", .routeUnknown), ("/v1/a/manifests/b", .routeUnknown),
        ("/v2/a", .routeUnknown), ("/v2/a/b", .routeUnknown), ("/v2/a/tags/", .routeUnknown), ("", .routeUnknown),
        ("/v2/A/manifests/b", .nameInvalid), ("/v2//manifests/b", .nameInvalid),
        ("/v2/a%2Fb/manifests/c", .nameInvalid),
        ("/v2/../manifests/b", .nameInvalid), ("/v2/a/../b/tags/list", .nameInvalid),
        ("/v2/a%00/tags/list", .nameInvalid),
        ("/v2/a/manifests/", .tagInvalid), ("/v2/a/manifests/-b", .tagInvalid),
        ("/v2/a/manifests/sha256:abc", .digestInvalid),
        ("/v2/a/manifests/b%00", .tagInvalid), ("/v2/a/blobs/x", .digestInvalid),
        ("/v2/a/blobs/md5:abc", .digestInvalid),
        ("/v2/a/blobs/uploads/x", .uploadUnknown), ("/v2/a/referrers/x", .digestInvalid),
        ("/v2/a/referrers/", .digestInvalid),
    ])
    func `refuses`(_ path: String, _ code: RegistryError.Code) {
        #expect {
            _ = try Route(path[...])
        } throws: { error in
            (error as? RegistryError)?.code == code
        }
    }
}
