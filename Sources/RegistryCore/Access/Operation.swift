/// What can be done with the registry over HTTP. This is the one table of what each of it takes; it is checked by
/// ``Registry/authorize(_:_:in:)``.
package enum Operation: String, Sendable, Hashable, CaseIterable {
    case checkVersion, listRepositories
    case listTags, pullManifest, listReferrers, pullBlob
    case pushManifest, startUpload, continueUpload, uploadStatus, cancelUpload
    case deleteManifest, deleteBlob

    /// The permission that it takes on its repository; nil: it has none.
    package var permission: Permission? {
        switch self {
        case .checkVersion, .listRepositories: nil
        case .listTags, .pullManifest, .listReferrers, .pullBlob: .read
        case .pushManifest, .startUpload, .continueUpload, .uploadStatus, .cancelUpload: .write
        case .deleteManifest, .deleteBlob: .write
        }
    }

    /// What a token must say beside that.
    package var action: Scope.Action {
        switch self {
        case .checkVersion, .listRepositories, .listTags, .pullManifest, .listReferrers, .pullBlob: .pull
        case .pushManifest, .startUpload, .continueUpload, .uploadStatus, .cancelUpload: .push
        case .deleteManifest, .deleteBlob: .delete
        }
    }

    /// Whether it makes its repository if there is none.
    package var createsRepository: Bool {
        switch self {
        case .pushManifest, .startUpload, .continueUpload: true
        default: false
        }
    }

    /// Whether it changes what the registry holds.
    package var writes: Bool {
        switch self {
        case .checkVersion, .listRepositories, .listTags, .pullManifest, .listReferrers, .pullBlob, .uploadStatus: false
        case .pushManifest, .startUpload, .continueUpload, .cancelUpload, .deleteManifest, .deleteBlob: true
        }
    }

    /// What a client is to ask a token for (Docker's token specification): pushing needs pulling, to see what is there.
    package func scope(in repository: RepositoryName?) -> String? {
        guard let repository else { return self == .listRepositories ? "registry:catalog:*" : nil }
        return switch action {
        case .pull: "repository:\(repository):pull"
        case .push: "repository:\(repository):pull,push"
        case .delete: "repository:\(repository):delete,pull"
        }
    }
}
