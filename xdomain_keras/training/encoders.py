"""How the trainer runs the backbone over several domains: in one pass or apart, whole or from cached features on."""

from keras import ops, tree


class Encoders:
    """The backbone as the domains of a stage pass through it.

    Args:
        network: `MultiHeadModel`.
        levels: names of the levels that are read, sorted.
        domains: names of the domains.
        joint: whether one pass serves all domains; not where each has batch normalisation of its own.

    Attributes:
        cuts: dict of domain → (frozen part of its encoder, the rest), where features are cached, see `cache_features`.
    """

    def __init__(self, network, levels, domains, joint):
        self.domains, self.joint, self.cuts = tuple(domains), joint and not network.domains, {}
        self.shared = network.encoder(levels)
        self.own = {domain: network.encoder(levels, domain) for domain in domains if domain in network.domains}

    def of(self, domain):
        """The encoder of a domain: `keras.Model` from images to a dict of levels."""
        return self.own.get(domain, self.shared)

    def __call__(self, images, training):
        """Dict of domain → list of its levels, in their order.

        Args:
            images: dict of domain → `[B, H, W, 3]`, or a tuple of cached features.
            training: bool.
        """
        images = {domain: self.prepare(domain, images[domain]) for domain in self.domains}
        if self.joint and images:
            return self.encode_jointly(images, training)
        return {domain: self.encode(domain, x, training) for domain, x in images.items()}

    def prepare(self, domain, images):
        """Images as numbers that the network reads; where the encoder is cut, the list of features there."""
        if isinstance(images, list | tuple):
            return list(images)
        images = ops.cast(images, "float32")
        return tree.flatten(self.cuts[domain][0](images, training=False)) if self.cuts else images

    def encode(self, domain, images, training):
        """The levels that the heads read, of what `prepare` returned."""
        encoder = self.cuts[domain][1] if isinstance(images, list) else self.of(domain)
        pyramid = encoder(images, training=training)
        return [pyramid[level] for level in sorted(pyramid)]

    def encode_jointly(self, images, training):
        """One pass over all domains; dict of domain → its part of every level."""
        together = tree.map_structure(lambda *each: ops.concatenate(each), *images.values())
        levels = self.encode(next(iter(images)), together, training)
        pyramids, start = {}, 0
        for domain, x in images.items():
            first = tree.flatten(x)[0]
            stop = start + (first.shape[0] or ops.shape(first)[0])
            pyramids[domain] = [level[start:stop] for level in levels]
            start = stop
        return pyramids
