internal import NIOHTTP1
internal import RegistryCore

extension Route {
    /// What a method does here; nil: nothing. What it takes is in the core's table, ``Operation``.
    func operation(_ method: HTTPMethod) -> Operation? {
        switch (self, method) {
        case (.version, .GET), (.version, .HEAD): .checkVersion
        case (.catalog, .GET), (.catalog, .HEAD): .listRepositories
        case (.tags, .GET), (.tags, .HEAD): .listTags
        case (.manifest, .GET), (.manifest, .HEAD): .pullManifest
        case (.manifest, .PUT): .pushManifest
        case (.manifest, .DELETE): .deleteManifest
        case (.blob, .GET), (.blob, .HEAD): .pullBlob
        case (.blob, .DELETE): .deleteBlob
        case (.uploads, .POST): .startUpload
        case (.upload, .PATCH), (.upload, .PUT): .continueUpload
        case (.upload, .GET): .uploadStatus
        case (.upload, .DELETE): .cancelUpload
        case (.referrers, .GET), (.referrers, .HEAD): .listReferrers
        default: nil
        }
    }

    /// For the Allow header (RFC 9110, section 10.2.1).
    var methods: String {
        switch self {
        case .version, .catalog, .tags, .referrers, .keySet: "GET, HEAD"
        case .manifest: "GET, HEAD, PUT, DELETE"
        case .blob: "GET, HEAD, DELETE"
        case .uploads: "POST"
        case .upload: "GET, PATCH, PUT, DELETE"
        case .token: "GET, POST"
        }
    }

    /// Those that are left while nothing is written. There may be none: an upload is not begun then.
    var readingMethods: String {
        methods.split(separator: ", ").filter { name in
            operation(HTTPMethod(rawValue: String(name))).map { !$0.writes } ?? true
        }.joined(separator: ", ")
    }
}
