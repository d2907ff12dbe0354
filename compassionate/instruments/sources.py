"""Where the published numbers of the instruments were read."""

OSTELO = "Ostelo 2008"  # Ostelo et al., Spine 2008;33:90-94
REGISTRY_2020 = "ISSLS 2020, doi 10.1007/s00586-019-06222-8"
HELLUM = "Hellum 2011"  # PMC3100911
WOMAC_SHARE = "MEDLINE 11093446"  # read as a share of the scale
OSTELO_2005 = "PMC2989296"
EQ5D_SPAIN = "doi 10.1016/j.jval.2017.10.023"
NOT_SEEN = "not seen in its source"
