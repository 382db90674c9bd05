/// Where requests go, and the region they are signed for. The server may know the region better than the configuration.
struct Place: Sendable, Hashable {
    var address: BucketAddress
    var region: String

    /// The same bucket where the server says that it is; nil: there is no telling, or it is what was asked already.
    func corrected(to region: String, isRedirect: Bool) -> Place? {
        guard region != self.region, !region.isEmpty else { return nil }
        guard isRedirect else { return Place(address: address, region: region) }
        // Only of AWS do we know where its regions are.
        guard address.endpoint.isAWS,
            let moved = try? BucketAddress(
                .aws(region: region),
                bucket: address.bucket,
                prefix: address.prefix,
                pathStyle: address.pathStyle
            )
        else { return nil }
        return Place(address: moved, region: region)
    }
}

extension Endpoint {
    var isAWS: Bool { host.hasSuffix(".amazonaws.com") || host.hasSuffix(".amazonaws.com.cn") }
}
