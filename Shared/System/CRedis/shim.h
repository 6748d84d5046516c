#ifndef BULKHEAD_CREDIS_SHIM_H
#define BULKHEAD_CREDIS_SHIM_H

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#endif
